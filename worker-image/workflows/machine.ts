/**
 * The agent loop as a pure machine: `decide` says what to do next, `evolve` folds in what came of it. No Temporal, no
 * clock, no randomness: the same events give the same state, which is what makes a run replayable.
 */
import { RUN_FAILURES } from '../../crds/v1alpha1/run-protocol.ts';
import { withPairedCalls } from './call-pairing.ts';
import type { AgentEvent, AgentState, Command, End, OpenCall } from './machine-state.ts';
import type { Message, ModelCallResult, RunPlan } from './protocol.ts';
import { failureMessage, failureObservation } from './step-failure.ts';
import { jsonBytes } from './text-size.ts';

/** A longer tail goes by reference altogether: an argument over 2 MiB makes the server terminate the run. */
export const MAX_TAIL_BYTES = 1_048_576;

/** Temporal allows 2000 pending activities a run; a model that asks for more than this in one turn is not well. */
export const MAX_CALLS_PER_TURN = 128;

/** The state of a run that has been given its first message and nothing else. */
export function begin(firstMessage: string): AgentState {
  return {
    messages: [{ role: 'user', content: firstMessage }],
    sent: 0,
    turns: 0,
    toolCalls: 0,
    usage: { inputTokens: 0, outputTokens: 0 },
    open: [],
    answers: {},
  };
}

export function decide(state: AgentState, plan: RunPlan): Command {
  if (state.end !== undefined) return { kind: 'finish', end: state.end };
  const calls = state.open.flatMap((call, index) => (call.observation === undefined ? [index + 1] : []));
  if (calls.length > 0) return { kind: 'callTools', calls };
  if (state.turns >= plan.limits.maxTurns) return { kind: 'finish', end: outOfTurns(plan.limits.maxTurns) };
  const tail = state.messages.slice(state.sent);
  return {
    kind: 'callModel',
    input:
      jsonBytes(tail) > MAX_TAIL_BYTES
        ? { turn: state.turns + 1, tailStart: state.messages.length, tail: [] }
        : { turn: state.turns + 1, tailStart: state.sent, tail },
  };
}

export function evolve(state: AgentState, event: AgentEvent, plan: RunPlan): AgentState {
  switch (event.kind) {
    case 'modelReplied':
      return replied(state, event.result, event.at, plan);
    case 'modelFailed':
      return {
        ...state,
        end: failed(
          'ModelCallFailed',
          failureMessage(`model call of turn ${state.turns + 1}`, event.failure),
        ),
      };
    case 'toolReturned':
      return observed(state, event.call, event.content);
    case 'toolFailed':
      return toolFailed(state, event, plan);
    case 'answered': {
      const answers = { ...state.answers, [questionID(state, event.call)]: event.answer };
      return observed({ ...state, answers }, event.call, event.answer);
    }
    case 'questionExpired':
      return observed(
        state,
        event.call,
        `Nobody answered within ${event.afterMs / 1_000} s. Go on without an answer.`,
      );
  }
}

/** Id of the question a call of the current turn asks, `<turn>/<call>`. */
export function questionID(state: AgentState, call: number): string {
  return `${state.turns}/${call}`;
}

function replied(state: AgentState, result: ModelCallResult, at: string, plan: RunPlan): AgentState {
  const message = withPairedCalls(result.message, state.turns + 1);
  const next: AgentState = {
    ...state,
    messages: [...state.messages, message],
    sent: state.messages.length,
    turns: state.turns + 1,
    usage: {
      inputTokens: state.usage.inputTokens + result.usage.inputTokens,
      outputTokens: state.usage.outputTokens + result.usage.outputTokens,
    },
  };
  if (message.toolCalls.length === 0) return { ...next, end: endOf(result, message) };
  const open = message.toolCalls.map((call, index) => opened(call, index, plan));
  return settled({ ...next, open, openSince: at });
}

function opened(
  call: Extract<Message, { role: 'assistant' }>['toolCalls'][number],
  index: number,
  plan: RunPlan,
): OpenCall {
  const base = { id: call.id, name: call.name };
  if ('rejected' in call) return { ...base, arguments: {}, observation: call.rejected };
  const open = { ...base, arguments: call.arguments };
  // A tool called "constructor" or "__proto__" is not in the plan just because every object has one.
  if (!Object.hasOwn(plan.tools, call.name))
    return { ...open, observation: `There is no tool called ${call.name}.` };
  if (index < MAX_CALLS_PER_TURN) return open;
  return {
    ...open,
    observation: `Not executed: at most ${MAX_CALLS_PER_TURN} tools can be called in one turn.`,
  };
}

/** A reply without tool calls ends the run: well when it is complete, else with the reason. */
function endOf(result: ModelCallResult, message: Extract<Message, { role: 'assistant' }>): End {
  switch (result.finishReason) {
    case 'length':
      return failed(
        'ModelCallFailed',
        'the reply was cut off at the most output tokens (finish reason length): raise model.parameters.maxOutputTokens',
      );
    case 'content_filter':
      return failed(
        'ModelCallFailed',
        "the reply was withheld by the endpoint's content filter (finish reason content_filter)",
      );
    default:
      return { kind: 'completed', output: message.content ?? '' };
  }
}

function toolFailed(
  state: AgentState,
  event: Extract<AgentEvent, { kind: 'toolFailed' }>,
  plan: RunPlan,
): AgentState {
  const call = state.open[event.call - 1];
  if (call === undefined) return state;
  const tool = plan.tools[call.name];
  if (tool !== undefined && tool.kind !== 'question' && tool.onError === 'FailRun') {
    const step = `tool ${call.name}, call ${event.call} of turn ${state.turns},`;
    const open = state.open.with(event.call - 1, {
      ...call,
      observation: failureObservation(call.name, event.failure),
    });
    return { ...state, open, end: failed('ToolCallFailed', failureMessage(step, event.failure)) };
  }
  return observed(state, event.call, failureObservation(call.name, event.failure));
}

function observed(state: AgentState, number: number, observation: string): AgentState {
  const call = state.open[number - 1];
  // The first outcome counts: an answer and its timeout may arrive together.
  if (call === undefined || call.observation !== undefined) return state;
  return settled({ ...state, open: state.open.with(number - 1, { ...call, observation }) });
}

/** Closes the turn once every call of it has its observation: all are appended, in the order of the calls. */
function settled(state: AgentState): AgentState {
  const results: Message[] = [];
  for (const { id, observation } of state.open) {
    if (observation === undefined) return state;
    results.push({ role: 'tool', toolCallID: id, content: observation });
  }
  const { openSince: _closed, ...rest } = state;
  return {
    ...rest,
    open: [],
    toolCalls: state.toolCalls + results.length,
    messages: [...state.messages, ...results],
  };
}

function outOfTurns(maxTurns: number): End {
  return failed(
    'LimitExceeded',
    `the run made all ${maxTurns} model calls limits.maxTurns allows and has no answer`,
  );
}

function failed(type: keyof typeof RUN_FAILURES, message: string): End {
  return { kind: 'failed', type: RUN_FAILURES[type], message };
}
