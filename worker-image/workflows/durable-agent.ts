/**
 * The workflow of every agent: drives the machine. Each command becomes durable waits, each result an event; it decides
 * nothing itself. Nothing but a Temporal failure leaves it: anything else would wedge the run in a task retried for ever.
 */
import {
  allHandlersFinished,
  ApplicationFailure,
  CancellationScope,
  CancelledFailure,
  condition,
  ContinueAsNew,
  continueAsNew,
  defineQuery,
  defineUpdate,
  isCancellation,
  log,
  proxyLocalActivities,
  setCurrentDetails,
  setHandler,
  setWorkflowOptions,
  workflowInfo,
} from '@temporalio/workflow';
import {
  ANSWER_UPDATE,
  RUN_FAILURES,
  STATE_QUERY,
  WORKFLOW_TYPE,
  type AnswerInput,
  type RunInput,
  type RunResult,
  type RunState,
} from '../../crds/v1alpha1/run-protocol.ts';
import { conversationPage } from './conversation-page.ts';
import type { AgentEvent, AgentState, End } from './machine-state.ts';
import { decide, evolve } from './machine.ts';
import {
  CONVERSATION_QUERY,
  PLAN_ACTIVITY,
  type ConversationQuery,
  type Message,
  type RunPlan,
} from './protocol.ts';
import { judgeAnswer } from './questions.ts';
import { beginWith, type ResumedInput } from './run-input.ts';
import { sinks } from './run-sinks.ts';
import { describeRun, runState } from './run-state.ts';
import { performModelCall, performToolCall } from './steps.ts';
import { jsonBytes } from './text-size.ts';

const stateQuery = defineQuery<RunState>(STATE_QUERY);
const conversationQuery = defineQuery<Message[], [ConversationQuery]>(CONVERSATION_QUERY);
const answerUpdate = defineUpdate<void, [AnswerInput]>(ANSWER_UPDATE);

/** Continue-as-new with more would be refused by the server (2 MiB): such a run stays on its history instead. */
const MAX_CARRIED_BYTES = 1_572_864;

setWorkflowOptions({ versioningBehavior: 'PINNED', failureExceptionTypes: [Error] }, DurableAgent);
/** One run of an agent. Fails with the types of RUN_FAILURES. */
export async function DurableAgent(input?: RunInput | ResumedInput): Promise<RunResult> {
  const run = new Run();
  try {
    return await run.drive(input);
  } catch (error) {
    throw run.ending(error);
  }
}

/** Any other workflow type on an agent's queue: fails at once with what to do instead of being retried for ever. */
export default async function unknownWorkflow(): Promise<never> {
  throw ApplicationFailure.nonRetryable(
    `workflow type ${workflowInfo().workflowType} is unknown on this task queue: start ${WORKFLOW_TYPE}`,
    RUN_FAILURES.InvalidInput,
  );
}

class Run {
  private state: AgentState | undefined;
  private plan: RunPlan | undefined;
  private phase: 'open' | 'Canceled' | 'Failed' = 'open';

  async drive(input: unknown): Promise<RunResult> {
    const first = beginWith(input);
    if ('invalid' in first) throw ApplicationFailure.nonRetryable(first.invalid, RUN_FAILURES.InvalidInput);
    this.state = first;
    this.listen(first);
    const plan = await loadPlan();
    this.plan = plan;
    for (;;) {
      const state: AgentState = this.state;
      setCurrentDetails(describeRun(state, plan));
      const command = decide(state, plan);
      switch (command.kind) {
        case 'callModel':
          await this.continueWhenLong(state);
          this.apply(await performModelCall(command.input, plan));
          break;
        case 'callTools':
          await this.callTools(command.calls, state, plan);
          break;
        case 'finish':
          await condition(allHandlersFinished);
          return result(state, command.end);
      }
    }
  }

  /** Registered before the first await, so that nothing a client asks in the first moment is turned away. */
  private listen(first: AgentState): void {
    const current = (): AgentState => this.state ?? first;
    setHandler(stateQuery, () => runState(current(), this.plan, this.phase));
    setHandler(conversationQuery, (query) => conversationPage(current().messages, query));
    setHandler(
      answerUpdate,
      (answer) => {
        const verdict = judgeAnswer(current(), this.plan, answer);
        if (verdict === 'repeated') return;
        // Two different answers to one question can both pass the validator within one workflow task.
        if ('refused' in verdict) throw ApplicationFailure.nonRetryable(verdict.refused, 'AnswerRefused');
        this.apply({ kind: 'answered', call: verdict.call, answer: answer.answer });
      },
      {
        description: 'Answers a question the run asks a person.',
        validator: (answer) => {
          const verdict = judgeAnswer(current(), this.plan, answer);
          if (typeof verdict === 'object' && 'refused' in verdict) {
            throw ApplicationFailure.nonRetryable(verdict.refused, 'AnswerRefused');
          }
        },
      },
    );
  }

  private apply(event: AgentEvent): void {
    if (this.state === undefined || this.plan === undefined)
      throw new Error(`${event.kind} before the run began`);
    this.state = evolve(this.state, event, this.plan);
  }

  /** All calls at the same time; one that fails the run stops the others. */
  private async callTools(calls: readonly number[], turn: AgentState, plan: RunPlan): Promise<void> {
    const scope = new CancellationScope();
    const isOver = (): boolean => this.state?.end !== undefined;
    const outcomes = await scope.run(() =>
      Promise.allSettled(
        calls.map(async (call) => {
          // Once the last call of the turn has its observation the turn is closed and its calls are gone.
          const isAnswered = (): boolean =>
            this.state?.open.length === 0 || this.state?.open[call - 1]?.observation !== undefined;
          const event = await performToolCall(call, turn, plan, isAnswered);
          if (event !== undefined) this.apply(event);
          if (isOver()) scope.cancel();
        }),
      ),
    );
    if (isOver()) return;
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  }

  /** Between turns nothing is under way and nobody is asked, so the whole run fits into its state. */
  private async continueWhenLong(state: AgentState): Promise<void> {
    if (!workflowInfo().continueAsNewSuggested) return;
    const bytes = jsonBytes(state);
    if (bytes > MAX_CARRIED_BYTES) {
      log.warn('The conversation is too large to continue as new; the run goes on with its long history', {
        bytes,
      });
      return;
    }
    await condition(allHandlersFinished);
    await continueAsNew<typeof DurableAgent>({ resumed: state });
  }

  /** The failure to end the run with: a bug becomes InternalError, so that it fails the run instead of wedging it. */
  ending(error: unknown): Error {
    if (error instanceof ContinueAsNew) return error;
    this.phase = isCancellation(error) ? 'Canceled' : 'Failed';
    if (isCancellation(error)) {
      sinks.run.ended('Canceled');
      return new CancelledFailure('the run was cancelled');
    }
    const failure = error instanceof ApplicationFailure ? error : internalError(error);
    sinks.run.ended(failure.type ?? RUN_FAILURES.InternalError);
    return failure;
  }
}

function internalError(error: unknown): ApplicationFailure {
  const what = error instanceof Error ? `: ${error.name}: ${error.message}` : '';
  return ApplicationFailure.create({
    message: `the run stopped at a fault of durable-agents itself${what}`,
    type: RUN_FAILURES.InternalError,
    nonRetryable: true,
    ...(error instanceof Error ? { cause: error } : {}),
  });
}

function result(state: AgentState, end: End): RunResult {
  if (end.kind === 'failed') throw ApplicationFailure.nonRetryable(end.message, end.type);
  sinks.run.ended('Completed');
  return { output: end.output, turns: state.turns, usage: state.usage };
}

/** In the history once per continuation: the workflow never reads configuration. */
function loadPlan(): Promise<RunPlan> {
  const { [PLAN_ACTIVITY]: load } = proxyLocalActivities<{ [PLAN_ACTIVITY]: () => Promise<RunPlan> }>({
    startToCloseTimeout: '10s',
    retry: { maximumAttempts: 5 },
    summary: 'load the plan of this version',
  });
  return load();
}
