import { describe, expect, it } from 'vitest';
import type { AgentRunStatus } from '../../crds/v1alpha1/agent-run.ts';
import {
  after,
  agentRun,
  description,
  HELD,
  NOTHING_DONE,
  observed,
  question,
  state,
  T0,
} from './observed-fixtures.ts';
import type { ObservedRun } from './observed.ts';
import { planRun, pollInterval } from './plan.ts';
import { runStatus } from './status.ts';

const DELETING = { ...HELD, deletionTimestamp: T0.toISOString() };
const open = (more: Parameters<typeof state>[0] = {}) =>
  ({ kind: 'open', description: description(), state: state(more) }) as const;
const closed = {
  kind: 'closed',
  description: description({ status: 'Completed', closeTime: after(5) }),
  outcome: {
    kind: 'completed',
    result: { output: 'x', turns: 1, usage: { inputTokens: 1, outputTokens: 1 } },
  },
} as const;
const statusAfter = (change: Partial<ObservedRun>): AgentRunStatus =>
  runStatus(observed(change), NOTHING_DONE, T0);
const completed = statusAfter({ temporal: closed });
const running = statusAfter({ temporal: open() });

const kinds = (change: Partial<ObservedRun>, now = after(10)) =>
  planRun(observed(change), now).actions.map(({ kind }) => kind);

describe('planRun', () => {
  it.each<[string, Partial<ObservedRun>, readonly string[]]>([
    ['starts a fresh run, finalizer first', {}, ['setFinalizers', 'start']],
    ['starts with the finalizer already there', { run: agentRun({}, HELD) }, ['start']],
    ['waits for a missing agent', { agent: { kind: 'missing' }, temporal: { kind: 'notAsked' } }, []],
    [
      'waits for an agent without a queue',
      { agent: { kind: 'notReady', message: '' }, temporal: { kind: 'notAsked' } },
      [],
    ],
    [
      'starts nothing on an agent that goes',
      { agent: { kind: 'deleting', taskQueue: 'q' }, run: agentRun({}, HELD) },
      [],
    ],
    ['starts nothing that is cancelled', { run: agentRun({ cancel: true }) }, []],
    ['never starts again what was started', { run: agentRun({}, HELD), status: running }, []],
    [
      'starts nothing while Temporal is away',
      { temporal: { kind: 'unavailable', message: '', retry: true } },
      [],
    ],
    [
      'touches no foreign workflow',
      { temporal: { kind: 'foreign', message: '' }, run: agentRun({ cancel: true }) },
      [],
    ],
    ['watches an open run', { temporal: open(), run: agentRun({}, HELD) }, []],
    ['holds on to an attached run', { temporal: open() }, ['setFinalizers']],
    ['cancels', { temporal: open(), run: agentRun({ cancel: true }, HELD) }, ['cancel']],
    ['cancels once', { temporal: open(), run: agentRun({ cancel: true }, HELD), cancelSent: true }, []],
    ['records a closed run before it lets go', { temporal: closed, run: agentRun({}, HELD) }, []],
    [
      'lets go once recorded',
      { temporal: { kind: 'notAsked' }, run: agentRun({}, HELD), status: completed },
      ['setFinalizers'],
    ],
    ['does nothing about a recorded run', { temporal: { kind: 'notAsked' }, status: completed }, []],
    [
      'deletion: cancels an open run, then lets go',
      { temporal: open(), run: agentRun({}, DELETING) },
      ['cancel', 'setFinalizers'],
    ],
    [
      'deletion: lets go of a closed run',
      { temporal: closed, run: agentRun({}, DELETING) },
      ['setFinalizers'],
    ],
    ['deletion: lets go of a run that never was', { run: agentRun({}, DELETING) }, ['setFinalizers']],
    [
      'deletion: cancels no foreign workflow',
      { temporal: { kind: 'foreign', message: '' }, run: agentRun({}, DELETING) },
      ['setFinalizers'],
    ],
    [
      'deletion: waits for a Temporal that is away',
      { temporal: { kind: 'unavailable', message: '', retry: true }, run: agentRun({}, DELETING) },
      [],
    ],
  ])('%s', (_name, change, expected) => {
    expect(kinds(change)).toEqual(expected);
  });

  it('sends each answer once: when its question is asked and it was not refused', () => {
    const responses = [
      { id: '1/1', answer: 'a' },
      { id: '1/2', answer: 'b' },
      { id: '9/9', answer: 'c' },
    ];
    const plan = planRun(
      observed({
        run: agentRun({ responses }, HELD),
        temporal: open({ waiting: [question('1/1'), question('1/2')] }),
        rejected: new Map([['1/2', 'no']]),
      }),
      T0,
    );
    expect(plan.actions).toEqual([{ kind: 'answer', workflowID: 'team-a/run/u1', id: '1/1', answer: 'a' }]);
  });

  it.each([
    [4, [], 6_000],
    [10, ['delete'], undefined],
  ])('%d s after the end of a run with a TTL of 5 s', (seconds, actions, requeueAfter) => {
    const run = agentRun({ ttlSecondsAfterFinished: 5 });
    const plan = planRun(
      observed({ run, status: completed, temporal: { kind: 'notAsked' } }),
      after(seconds),
    );
    expect(plan.actions.map(({ kind }) => kind)).toEqual(actions);
    expect(plan.requeueAfter).toBe(requeueAfter);
  });

  it('takes the input as it is, and none when there is none', () => {
    const input = (spec: object) =>
      planRun(observed({ run: agentRun(spec, HELD) }), T0).actions.flatMap((action) =>
        action.kind === 'start' ? [action.input] : [],
      );
    expect(input({ input: { deep: [1] } })).toEqual([{ input: { deep: [1] } }]);
    expect(input({ input: null })).toEqual([{ input: null }]);
    expect(input({})).toEqual([{}]);
  });
});

it('polls a young run every 2 s and an old one every 10 s', () => {
  expect([1, 119, 300, 600, 86_400].map((age) => pollInterval(T0, after(age)))).toEqual([
    2_000, 2_000, 5_000, 10_000, 10_000,
  ]);
});
