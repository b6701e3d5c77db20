import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PendingActivity, RunDescription } from '../temporal/port.ts';
import { aggregate, STATES, type AgentSample } from './aggregate.ts';

const backlog = { workflow: 0, activity: 0 };

function run(
  pendingActivities: readonly PendingActivity[],
  more: Partial<RunDescription> = {},
): RunDescription {
  return {
    workflowID: 'w',
    runID: 'r',
    workflowType: 'DurableAgent',
    taskQueue: 'team-a.agent',
    status: 'Running',
    startTime: new Date(0),
    closeTime: undefined,
    historyLength: 3,
    buildID: 'b1',
    pendingActivities,
    ...more,
  };
}
const step = (state: PendingActivity['state'], attempt = 1): PendingActivity => ({
  name: 'ask',
  state,
  attempt,
});

describe('aggregate', () => {
  it('adds up states by version', () => {
    const sample = aggregate({
      counted: 4,
      descriptions: [
        run([step('scheduled'), step('started')]),
        run([step('backing_off', 3)], { buildID: 'b2' }),
        run([], { buildID: undefined }),
        run([step('started', 2)]),
      ],
      countedByVersion: new Map(),
      backlog: { workflow: 1, activity: 2 },
    });
    expect(sample).toEqual<AgentSample>({
      open: 4,
      ratio: 1,
      pending: { total: 4, retrying: 2, maxAttempt: 3 },
      versions: [
        { version: 'b1', openRuns: 2, pending: { scheduled: 1, started: 2, backing_off: 0 }, maxAttempt: 2 },
        { version: 'b2', openRuns: 1, pending: { scheduled: 0, started: 0, backing_off: 1 }, maxAttempt: 3 },
        {
          version: 'none',
          openRuns: 1,
          pending: { scheduled: 0, started: 0, backing_off: 0 },
          maxAttempt: 0,
        },
      ],
      backlog: { workflow: 1, activity: 2 },
    });
  });

  it('drops runs that visibility still lists and that are over', () => {
    const sample = aggregate({
      counted: 3,
      descriptions: [run([step('started')]), run([step('started')], { status: 'Completed' }), undefined],
      countedByVersion: new Map(),
      backlog,
    });
    expect(sample).toMatchObject({ open: 1, ratio: 1, pending: { total: 1 } });
  });

  it('takes the counts of visibility where not every run was read', () => {
    const sample = aggregate({
      counted: 100,
      descriptions: Array.from({ length: 25 }, () => run([step('started')])),
      countedByVersion: new Map([
        ['b1', 90],
        ['b2', 10],
        ['b3', 0],
      ]),
      backlog,
    });
    expect(sample).toMatchObject({ open: 100, ratio: 0.25 });
    expect(sample.versions.map(({ version, openRuns }) => [version, openRuns])).toEqual([
      ['b1', 90],
      ['b2', 10],
    ]);
  });

  it('is complete at zero', () => {
    expect(aggregate({ counted: 0, descriptions: [], countedByVersion: new Map(), backlog })).toMatchObject({
      open: 0,
      ratio: 1,
      pending: { total: 0, retrying: 0, maxAttempt: 0 },
      versions: [],
    });
  });

  it('loses and invents no step', () => {
    const state = fc.constantFrom(...STATES);
    const anyRun = fc.record({
      steps: fc.array(fc.record({ state, attempt: fc.integer({ min: 1, max: 9 }) }), { maxLength: 5 }),
      buildID: fc.constantFrom('b1', 'b2', undefined),
      status: fc.constantFrom('Running' as const, 'Completed' as const),
    });
    fc.assert(
      fc.property(fc.array(anyRun, { maxLength: 20 }), (runs) => {
        const descriptions = runs.map(({ steps, buildID, status }) =>
          run(
            steps.map((entry) => ({ name: 'x', ...entry })),
            { buildID, status },
          ),
        );
        const sample = aggregate({
          counted: runs.length,
          descriptions,
          countedByVersion: new Map(),
          backlog,
        });
        const open = runs.filter(({ status }) => status === 'Running');
        const total = open.reduce((sum, { steps }) => sum + steps.length, 0);
        const byVersion = sample.versions.flatMap(({ pending }) => Object.values(pending));
        expect(sample.pending.total).toBe(total);
        expect(byVersion.reduce((sum, value) => sum + value, 0)).toBe(total);
        expect(sample.versions.reduce((sum, { openRuns }) => sum + openRuns, 0)).toBe(open.length);
      }),
    );
  });
});
