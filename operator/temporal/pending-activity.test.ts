import { describe, expect, it } from 'vitest';
import { pendingActivity } from './pending-activity.ts';
import { runResultOf } from './run-result.ts';
import { isNewEnough } from './server-info.ts';

const soon = { seconds: 1 };

describe('pendingActivity', () => {
  it.each([
    ['first attempt waits for a worker', 1, 1, undefined, 'scheduled'],
    ['a retry that is not due', 1, 2, soon, 'backing_off'],
    ['a retry that is due and waits for a worker', 1, 3, null, 'scheduled'],
    ['in a worker', 2, 1, undefined, 'started'],
    ['in a worker, cancel requested', 3, 2, undefined, 'started'],
    ['in a worker, pause requested', 5, 1, undefined, 'started'],
    ['paused', 4, 1, undefined, 'scheduled'],
  ] as const)('%s', (_name, state, attempt, nextAttemptScheduleTime, expected) => {
    const raw = { activityType: { name: 'ask' }, state, attempt, nextAttemptScheduleTime };
    expect(pendingActivity(raw)).toEqual({ name: 'ask', state: expected, attempt });
  });
});

it.each([
  ['1.29.1', true],
  ['1.28.0', true],
  ['v1.30.0-rc.1', true],
  ['2.0.0', true],
  ['1.27.2', false],
  ['0.9', false],
  ['main', true],
])('version %s: %s', (version, expected) => {
  expect(isNewEnough(version)).toBe(expected);
});

it.each([
  [
    { output: 'a', turns: 2, usage: { inputTokens: 1, outputTokens: 2 } },
    { output: 'a', turns: 2, usage: { inputTokens: 1, outputTokens: 2 } },
  ],
  [{ output: { b: 1 } }, { output: '{"b":1}', turns: 0, usage: { inputTokens: 0, outputTokens: 0 } }],
  ['text', { output: 'text', turns: 0, usage: { inputTokens: 0, outputTokens: 0 } }],
  [undefined, { output: '', turns: 0, usage: { inputTokens: 0, outputTokens: 0 } }],
  [
    { output: 'a', turns: -1, usage: 'x' },
    { output: 'a', turns: 0, usage: { inputTokens: 0, outputTokens: 0 } },
  ],
])('runResultOf(%j)', (value, expected) => {
  expect(runResultOf(value)).toEqual(expected);
});
