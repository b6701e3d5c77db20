/**
 * How anybody talks to a run, in any language: the workflow type, its input and result, its Update and its Query.
 * Imported by the sandboxed workflow code too, so this file imports nothing.
 */

/** Workflow type of every agent: `start('DurableAgent', {taskQueue, workflowId, args: [{input}]})`. */
export const WORKFLOW_TYPE = 'DurableAgent';

/** Query without arguments, answers `RunState`. */
export const STATE_QUERY = 'state';

/** Update with `AnswerInput`; the same id and answer twice is answered twice alike, another answer is refused. */
export const ANSWER_UPDATE = 'answer';

export interface RunInput {
  /** The first message from the user: a string as it is, anything else as JSON. */
  readonly input?: unknown;
}

export interface Usage {
  readonly inputTokens: number;
  readonly outputTokens: number;
}

export interface RunResult {
  readonly output: string;
  readonly turns: number;
  readonly usage: Usage;
}

export interface PendingQuestion {
  /** `<turn>/<call>`: the turn that asked and the position of the call in it, both from 1. */
  readonly id: string;
  readonly kind: 'Question';
  /** The tool the model called. */
  readonly tool: string;
  readonly prompt: string;
  /** RFC 3339. */
  readonly since: string;
}

export interface RunState {
  readonly phase: 'Running' | 'Waiting' | 'Completed' | 'Failed' | 'Canceled';
  /** Model calls completed. */
  readonly turns: number;
  /** Tool calls completed, failures included. */
  readonly toolCalls: number;
  readonly usage: Usage;
  readonly waiting: readonly PendingQuestion[];
}

export interface AnswerInput {
  readonly id: string;
  readonly answer: string;
}

/** Types of the ApplicationFailure a run can end with. API: AgentRun shows them as `status.failure.type`. */
export const RUN_FAILURES = {
  /** The model could not be called: refused (401, 403, 404, 400…), or out of attempts. */
  ModelCallFailed: 'ModelCallFailed',
  /** A tool with onError FailRun is out of attempts. */
  ToolCallFailed: 'ToolCallFailed',
  /** A limit of spec.limits was reached. */
  LimitExceeded: 'LimitExceeded',
  /** The input is not what the agent takes. */
  InvalidInput: 'InvalidInput',
  /** A bug of ours. It fails the run instead of wedging it. */
  InternalError: 'InternalError',
} as const;
