import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AgentEvent, AgentState } from './machine-state.ts';
import { begin, decide, evolve, MAX_CALLS_PER_TURN, MAX_TAIL_BYTES } from './machine.ts';
import type { Message, ModelCallResult, RunPlan, StepPolicy, ToolCall } from './protocol.ts';
import type { StepFailure } from './step-failure.ts';

const policy: StepPolicy = {
  maximumAttempts: 3,
  initialInterval: 1_000,
  backoffCoefficient: 2,
  maximumInterval: 30_000,
  nonRetryableErrorTypes: [],
  startToClose: 60_000,
};
const plan: RunPlan = {
  buildID: '0123456789ab',
  model: { name: 'scripted', policy },
  tools: {
    look: { kind: 'local', policy, once: false, onError: 'ReturnToModel' },
    pay: { kind: 'local', policy, once: true, onError: 'FailRun' },
    ask: { kind: 'question', timeout: 60_000 },
  },
  limits: { maxTurns: 5 },
};
const AT = '2026-01-01T00:00:00.000Z';
const failure: StepFailure = { type: 'HTTP.503', message: 'no luck', attempts: 3, outcomeUnknown: false };

const call = (name: string, id: string): ToolCall => ({ id, name, arguments: { of: id } });
function reply(
  toolCalls: readonly ToolCall[],
  rest: Partial<ModelCallResult> & { content?: string } = {},
): AgentEvent {
  const { content = null, finishReason = toolCalls.length === 0 ? 'stop' : 'tool_calls' } = rest;
  const message = { role: 'assistant' as const, content, toolCalls };
  return {
    kind: 'modelReplied',
    result: { message, usage: { inputTokens: 10, outputTokens: 2 }, finishReason },
    at: AT,
  };
}
const after = (...events: readonly AgentEvent[]): AgentState =>
  events.reduce((state, event) => evolve(state, event, plan), begin('go'));
const returned = (number: number, content = 'seen'): AgentEvent => ({
  kind: 'toolReturned',
  call: number,
  content,
});

describe('decide', () => {
  const both = reply([call('look', 'a'), call('look', 'b')]);
  test.each([
    [
      'a fresh run calls the model',
      [],
      { kind: 'callModel', input: { turn: 1, tailStart: 0, tail: [{ role: 'user', content: 'go' }] } },
    ],
    ['all calls of a turn at once', [both], { kind: 'callTools', calls: [1, 2] }],
    ['what is still open', [both, returned(1)], { kind: 'callTools', calls: [2] }],
    [
      'a reply without calls is the answer',
      [reply([], { content: 'done' })],
      { kind: 'finish', end: { kind: 'completed', output: 'done' } },
    ],
  ] as const)('%s', (_name, events, command) => expect(decide(after(...events), plan)).toEqual(command));

  test('the model gets what it has not seen: its own reply and the observations, in the order of the calls', () => {
    const command = decide(after(both, returned(2, 'second'), returned(1, 'first')), plan);
    expect(command).toMatchObject({ kind: 'callModel', input: { turn: 2, tailStart: 1 } });
    if (command.kind !== 'callModel') return;
    expect(command.input.tail.map((message) => [message.role, message.content])).toEqual([
      ['assistant', null],
      ['tool', 'first'],
      ['tool', 'second'],
    ]);
  });

  test('a tail too large for an argument goes by reference', () => {
    const command = decide(after(both, returned(1, 'x'.repeat(MAX_TAIL_BYTES)), returned(2)), plan);
    expect(command).toEqual({ kind: 'callModel', input: { turn: 2, tailStart: 4, tail: [] } });
  });

  test('the model call after the last allowed one fails the run', () => {
    let state = begin('go');
    for (let turn = 1; turn <= 5; turn += 1) {
      state = evolve(evolve(state, reply([call('look', 'a')]), plan), returned(1), plan);
    }
    expect(decide(state, plan)).toMatchObject({
      kind: 'finish',
      end: { kind: 'failed', type: 'LimitExceeded' },
    });
  });
});

describe('evolve', () => {
  const observations = (state: AgentState): readonly string[] =>
    state.messages.flatMap((message) => (message.role === 'tool' ? [message.content] : []));

  test.each([
    [
      'cut off',
      reply([], { finishReason: 'length', content: 'half an ans' }),
      'ModelCallFailed',
      /maxOutputTokens/,
    ],
    ['filtered', reply([], { finishReason: 'content_filter' }), 'ModelCallFailed', /content filter/],
    [
      'model failed',
      { kind: 'modelFailed', failure } as const,
      'ModelCallFailed',
      /turn 1 failed after 3 attempts: HTTP.503: no luck/,
    ],
  ])('%s', (_name, event, type, message) => {
    expect(after(event).end).toMatchObject({
      kind: 'failed',
      type,
      message: expect.stringMatching(message) as string,
    });
  });

  test('a failed tool is an observation, or the end of the run when it says so', () => {
    const turn = reply([call('look', 'a'), call('pay', 'b')]);
    const observed = after(turn, { kind: 'toolFailed', call: 1, failure });
    expect(observed.open[0]?.observation).toBe('The call of look failed after 3 attempts: HTTP.503: no luck');
    const lost = { ...failure, outcomeUnknown: true };
    expect(after(turn, { kind: 'toolFailed', call: 2, failure: lost }).end).toMatchObject({
      type: 'ToolCallFailed',
      message: expect.stringContaining('may or may not have taken effect') as string,
    });
  });

  test('rejected, unknown and too many calls are observations at once', () => {
    const rejected: ToolCall = { id: 'r', name: 'look', rawArguments: '{', rejected: 'not JSON' };
    expect(observations(after(reply([rejected, call('toString', 't')])))).toEqual([
      'not JSON',
      'There is no tool called toString.',
    ]);
    const many = Array.from({ length: MAX_CALLS_PER_TURN + 1 }, (_, index) => call('look', `${index}`));
    expect(decide(after(reply(many)), plan)).toMatchObject({ calls: { length: MAX_CALLS_PER_TURN } });
  });

  test('ids that are empty or twice in a message become unique, so that observations pair', () => {
    const state = after(
      reply([call('look', 'x'), call('look', 'x'), call('look', ''), call('look', 'call_1_2')]),
      returned(1),
      returned(2),
      returned(3),
      returned(4),
    );
    const [, assistant, ...tools] = state.messages;
    const asked = assistant?.role === 'assistant' ? assistant.toolCalls.map(({ id }) => id) : [];
    expect(asked).toEqual(['x', 'call_1_2_', 'call_1_3', 'call_1_2']);
    expect(tools.map((message) => (message.role === 'tool' ? message.toolCallID : ''))).toEqual(asked);
  });

  test('of an answer and its timeout the first counts', () => {
    const asked = after(reply([call('ask', 'a'), call('look', 'b')]));
    const expired: AgentEvent = { kind: 'questionExpired', call: 1, afterMs: 60_000 };
    const answered: AgentEvent = { kind: 'answered', call: 1, answer: 'yes' };
    expect(evolve(evolve(asked, answered, plan), expired, plan).open[0]?.observation).toBe('yes');
    expect(evolve(evolve(asked, expired, plan), answered, plan).open[0]?.observation).toMatch(
      /^Nobody answered within 60 s/,
    );
  });
});

/** Any world: how the model replies and how each call goes are drawn; the machine only asks. */
interface DrawnReply {
  readonly calls: readonly { readonly name: string; readonly id: string }[];
  readonly finishReason: string;
}
interface Drawn {
  readonly replies: readonly DrawnReply[];
  readonly outcomes: readonly ('returned' | 'failed' | 'answered' | 'expired')[];
  readonly picks: readonly number[];
}
const anyWorld: fc.Arbitrary<Drawn> = fc.record({
  replies: fc.array(
    fc.record({
      calls: fc.array(
        fc.record({
          name: fc.constantFrom('look', 'pay', 'ask', 'nope'),
          id: fc.constantFrom('', 'a', 'b', 'call_1_1'),
        }),
        { maxLength: 4 },
      ),
      finishReason: fc.constantFrom('stop', 'tool_calls', 'length'),
    }),
    { minLength: 1, maxLength: 8 },
  ),
  outcomes: fc.array(fc.constantFrom('returned', 'failed', 'answered', 'expired'), { minLength: 1 }),
  picks: fc.array(fc.nat(), { minLength: 1 }),
});

/** Plays a run to its end; what was drawn repeats when it is used up. */
function play(world: Drawn, throughJSON: boolean) {
  const at = <T>(list: readonly T[], index: number): T => list[index % list.length] as T;
  const events: AgentEvent[] = [];
  let state = begin('go');
  for (let step = 0; step < 1_000; step += 1) {
    if (throughJSON) state = JSON.parse(JSON.stringify(state)) as AgentState;
    const command = decide(state, plan);
    if (command.kind === 'finish') return { state, events };
    const event =
      command.kind === 'callModel' ? drawnReply(at(world.replies, step)) : outcome(command.calls, step);
    events.push(event);
    state = evolve(state, event, plan);
  }
  throw new Error('does not end');

  function outcome(calls: readonly number[], step: number): AgentEvent {
    const number = at(calls, at(world.picks, step));
    switch (at(world.outcomes, step)) {
      case 'returned':
        return returned(number);
      case 'failed':
        return { kind: 'toolFailed', call: number, failure };
      case 'answered':
        return { kind: 'answered', call: number, answer: 'yes' };
      case 'expired':
        return { kind: 'questionExpired', call: number, afterMs: 1_000 };
    }
  }
}

function drawnReply({ calls, finishReason }: DrawnReply): AgentEvent {
  return reply(
    calls.map(({ name, id }) => call(name, id)),
    { finishReason },
  );
}

function unpaired(messages: readonly Message[]): readonly string[] {
  const problems: string[] = [];
  messages.forEach((message, index) => {
    if (message.role !== 'assistant' || message.toolCalls.length === 0) return;
    const expected = message.toolCalls.map(({ id }) => id);
    const next = messages.slice(index + 1, index + 1 + expected.length);
    const got = next.map((entry) => (entry.role === 'tool' ? entry.toolCallID : entry.role));
    if (JSON.stringify(got) !== JSON.stringify(expected))
      problems.push(`${index}: ${got.join()} for ${expected.join()}`);
    if (new Set(expected).size !== expected.length) problems.push(`${index}: ids twice`);
  });
  return problems;
}

describe('whatever the model and the tools do', () => {
  test('a run ends within maxTurns, and every call has exactly one observation, in order', () => {
    fc.assert(
      fc.property(anyWorld, (world) => {
        const { state } = play(world, false);
        expect(state.turns).toBeLessThanOrEqual(plan.limits.maxTurns);
        // A call that fails the run leaves its turn open; every turn before it is complete.
        const closed = state.open.length === 0 ? state.messages : state.messages.slice(0, -1);
        expect(unpaired(closed)).toEqual([]);
      }),
    );
  });

  test('the same events give the same state, also through JSON at every step (continue-as-new)', () => {
    fc.assert(
      fc.property(anyWorld, (world) => {
        const { state, events } = play(world, true);
        expect(events.reduce((folded, event) => evolve(folded, event, plan), begin('go'))).toEqual(state);
      }),
    );
  });
});
