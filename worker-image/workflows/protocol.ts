/**
 * What workflow code and activities say to each other. Everything here crosses Temporal's history, so it is JSON, it is
 * small, and old histories must stay readable: fields are added as optional, never renamed. Imports types only.
 */
import type { Usage } from '../../crds/v1alpha1/run-protocol.ts';

/** Activity type of a model call. A tool call's activity type is the name of its tool. */
export const MODEL_ACTIVITY = 'callModel';

/** Local activity that gives the workflow the policies of the snapshot; its result is in the history once. */
export const PLAN_ACTIVITY = 'loadRunPlan';

/** Query the model activity asks when its cache misses a part of the conversation. Argument: ConversationQuery. */
export const CONVERSATION_QUERY = 'conversation';

/** An activity's retry policy and timeouts with every default filled in. Times in milliseconds. */
export interface StepPolicy {
  readonly maximumAttempts: number;
  readonly initialInterval: number;
  readonly backoffCoefficient: number;
  readonly maximumInterval: number;
  readonly nonRetryableErrorTypes: readonly string[];
  readonly startToClose: number;
  readonly scheduleToClose?: number;
  /** Absent for somebody else's activity unless the spec gives one: their worker may never heartbeat. */
  readonly heartbeat?: number;
}

export type ToolPlan =
  /** http and module tools: an activity on the agent's own queue. */
  | {
      readonly kind: 'local';
      readonly policy: StepPolicy;
      readonly once: boolean;
      readonly onError: 'ReturnToModel' | 'FailRun';
    }
  /** An activity of somebody else's worker. `maxOutputBytes` cuts its result in the workflow. */
  | {
      readonly kind: 'activity';
      readonly taskQueue: string;
      readonly type: string;
      readonly policy: StepPolicy;
      readonly once: boolean;
      readonly onError: 'ReturnToModel' | 'FailRun';
      readonly maxOutputBytes: number;
    }
  /** AskPerson: no activity, the workflow waits for the Update. `timeout` in milliseconds. */
  | { readonly kind: 'question'; readonly timeout?: number };

/** The decisions of a snapshot the workflow takes part in. No prompt, no schema, no secret. */
export interface RunPlan {
  readonly buildID: string;
  readonly model: { readonly name: string; readonly policy: StepPolicy };
  readonly tools: Readonly<Record<string, ToolPlan>>;
  readonly limits: { readonly maxTurns: number };
}

/** A tool call the model asked for, checked against the tool's schema by the model activity. */
export type ToolCall =
  | { readonly id: string; readonly name: string; readonly arguments: Readonly<Record<string, unknown>> }
  /** Unknown tool or arguments that break the schema: never executed; `rejected` is the observation the model gets. */
  | { readonly id: string; readonly name: string; readonly rawArguments: string; readonly rejected: string };

/** One entry of the conversation after the system prompt. The whole conversation is a list of these. */
export type Message =
  | { readonly role: 'user'; readonly content: string }
  | { readonly role: 'assistant'; readonly content: string | null; readonly toolCalls: readonly ToolCall[] }
  | { readonly role: 'tool'; readonly toolCallID: string; readonly content: string };

/**
 * Argument of the model activity. The conversation goes by reference, so that history grows linearly: `tail` holds the
 * messages since the last model call, from position `tailStart`; what comes before is in the worker's cache, or asked
 * of the run itself by CONVERSATION_QUERY.
 */
export interface ModelCallInput {
  /** From 1. */
  readonly turn: number;
  readonly tailStart: number;
  readonly tail: readonly Message[];
}

export interface ModelCallResult {
  readonly message: Extract<Message, { role: 'assistant' }>;
  readonly usage: Usage;
  /** `stop`, `length`, `tool_calls`, `content_filter` or what else the endpoint says. */
  readonly finishReason: string;
}

/** Messages from position `from` on, at most about `maxBytes` of them but at least one. */
export interface ConversationQuery {
  readonly from: number;
  readonly maxBytes: number;
}

/** Argument of a local tool activity (http, module). Somebody else's activity gets `arguments` alone. */
export interface ToolCallInput {
  readonly arguments: Readonly<Record<string, unknown>>;
  /** `<workflow id>/<turn>/<call>`, the same on every attempt. */
  readonly idempotencyKey: string;
}

/** What a local tool activity returns. Infrastructure faults are thrown (ApplicationFailure), semantic ones are data. */
export type ToolCallResult =
  | { readonly outcome: 'success'; readonly content: string }
  /** The tool answered, and the answer is no (a 4xx, a thrown ToolError): the model should know. */
  | { readonly outcome: 'error'; readonly content: string };
