import { expect, it } from 'vitest';
import { MODEL_ACTIVITY } from '../../worker-image/workflows/protocol.ts';
import type { Ledgers } from './ledgers.ts';
import type { Step } from './steps.ts';
import { judge } from './verdict.ts';

const step = (name: string, number: number, change: Partial<Step> = {}): Step => ({
  id: `${name}-${number}`,
  name,
  state: 'completed',
  attempt: 1,
  worker: 'w',
  problem: undefined,
  input: name === MODEL_ACTIVITY ? { turn: number } : { idempotencyKey: `run/${number}/1` },
  result: undefined,
  completedAt: 0,
  ...change,
});
const at = new Date(0).toISOString();
const asked = (number: number, outcome: 'executed' | 'replayed' | 'failed' = 'executed') =>
  ({ sequence: 0, at, key: `run/${number}/1`, question: 'q', outcome, delivered: true }) as const;
const called = (turn: number, conversation = 'game') => ({
  sequence: 0,
  at,
  conversation,
  turn,
  status: 200,
});
const ledgers = (tool: Ledgers['tool'], model: Ledgers['model']): Ledgers => ({
  thing: 'piano',
  tool,
  model,
});

const steps = [
  step(MODEL_ACTIVITY, 1),
  step('ask', 1),
  step(MODEL_ACTIVITY, 2, { state: 'running', completedAt: undefined }),
];
const before = { steps, ledgers: ledgers([asked(1)], [called(1)]) };
const after = [...steps.slice(0, 2), step(MODEL_ACTIVITY, 2, { attempt: 2 }), step('ask', 2)];

it('finds nothing when only the interrupted step was done again', () => {
  const seen = ledgers([asked(1), asked(2)], [called(1), called(2), called(2)]);
  expect(judge(before, after, seen, 'game')).toEqual({
    completedBeforeKill: 2,
    rerun: [],
    executedTwice: [],
    replayed: 0,
    retried: 1,
    interrupted: [MODEL_ACTIVITY],
  });
});

it('finds a completed tool call and a completed model call that were made again', () => {
  const seen = ledgers([asked(1), asked(1, 'replayed')], [called(1), called(1)]);
  expect(judge(before, after, seen, 'game').rerun).toEqual(['tool call run/1/1', 'model call of turn 1']);
});

it('finds a key that was executed twice, whenever', () => {
  const seen = ledgers([asked(1), asked(2), asked(2)], [called(1)]);
  expect(judge(before, after, seen, 'game').executedTwice).toEqual(['run/2/1']);
});

it('does not mistake another game, or an answer from the record, for a repetition', () => {
  const seen = ledgers(
    [asked(1), asked(2), asked(2, 'replayed'), asked(2, 'failed')],
    [called(1), called(1, 'other')],
  );
  const verdict = judge(before, after, seen, 'game');
  expect([verdict.rerun, verdict.executedTwice, verdict.replayed]).toEqual([[], [], 1]);
});
