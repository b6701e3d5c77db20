import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AGENT_CONDITIONS } from '../../../crds/v1alpha1/conditions.ts';
import { durableAgentStatus } from '../../../crds/v1alpha1/durable-agent.ts';
import { KubeError } from '../../kube/port.ts';
import { TemporalError } from '../../temporal/port.ts';
import { eventsBetween } from '../events.ts';
import type { Executed } from '../execute.ts';
import type { Observed } from '../observed.ts';
import {
  CONFIRMATION,
  liveSnapshot,
  liveWorkers,
  NOW,
  observedWorld,
  specOf,
  targetFor,
  version,
} from '../test-world.ts';
import { worlds } from '../test-worlds.ts';
import { statusFor } from './status.ts';

const NOTHING: Executed = { done: [], failure: undefined };
const LATER = { ...CONFIRMATION, now: new Date(NOW.getTime() + 5_000) };
const TARGET = targetFor('a');
const OLD = targetFor('b');

const ready = { running: 1, ready: 1, pods: 1, problem: undefined };
const starting = { running: 1, ready: 0, pods: 1, problem: undefined };

/** A world with the target deployed; `current` in Temporal. */
function world(current: string | undefined, fields: Partial<Observed> = {}, workers = ready): Observed {
  return observedWorld({
    target: TARGET,
    versions: [
      version(TARGET.buildID, { ...liveSnapshot(TARGET), ...liveWorkers(TARGET, 1), workers, openRuns: 0 }),
    ],
    temporal: {
      kind: 'known',
      deployment: {
        currentBuildID: current,
        rampingBuildID: undefined,
        versions: [],
        conflictToken: new Uint8Array(),
      },
      openRuns: 0,
      targetPolls: false,
    },
    ...fields,
  });
}

function told(observed: Observed, executed = NOTHING): Readonly<Record<string, string>> {
  const { conditions } = statusFor(observed, executed, CONFIRMATION);
  return Object.fromEntries(
    (conditions ?? []).map(({ type, status, reason }) => [type, `${status}/${reason}`]),
  );
}

const unknown = { kind: 'unknown', reason: 'Unreachable', message: 'no answer' } as const;
const missing = [{ reason: 'SecretNotFound', message: 'spec.model.apiKeySecretRef: …' }] as const;
const violations = [{ reason: 'TaskQueueConflict', message: 'spec.temporal.taskQueue: …' }] as const;
const failed = { ...starting, problem: { reason: 'WorkerFailed', message: 'exit code 1' } } as const;
const failure = (error: unknown): Executed => ({
  done: [],
  failure: { action: { kind: 'setFinalizers', finalizers: [] }, error },
});

describe('statusFor, of any world', () => {
  it('is a status the CRD takes, with every condition in order', () => {
    const run = fc.check(
      fc.property(worlds, (observed) => {
        const status = statusFor(observed, NOTHING, CONFIRMATION);
        const types = status.conditions?.map(({ type }) => type);
        return (
          durableAgentStatus.safeParse(status).success && isDeepStrictEqual(types, [...AGENT_CONDITIONS])
        );
      }),
    );
    expect(run.counterexample).toBeNull();
  });

  it('does not change while the world does not: no write, no event', () => {
    const run = fc.check(
      fc.property(worlds, (observed) => {
        // Two passes: what a version was is known from the first.
        const first = statusFor(observed, NOTHING, CONFIRMATION);
        const second = statusFor({ ...observed, previous: first }, NOTHING, CONFIRMATION);
        const third = statusFor({ ...observed, previous: second }, NOTHING, {
          ...LATER,
          drainConfirmationMs: 1e9,
        });
        return (
          eventsBetween(second, third).length === 0 &&
          isDeepStrictEqual({ ...third, conditions: undefined }, { ...second, conditions: undefined })
        );
      }),
    );
    expect(run.counterexample).toBeNull();
  });
});

describe('conditions', () => {
  it.each<readonly [string, Observed, Readonly<Record<string, string>>]>([
    [
      'a version that serves',
      world(TARGET.buildID),
      {
        Ready: 'True/Serving',
        WorkersAvailable: 'True/WorkersReady',
        Progressing: 'False/Complete',
        Degraded: 'False/AsExpected',
      },
    ],
    [
      'workers that start',
      world(undefined, {}, starting),
      { Ready: 'False/WorkersStarting', Progressing: 'True/WorkersStarting', Degraded: 'False/AsExpected' },
    ],
    [
      'workers Temporal does not see yet',
      world(OLD.buildID),
      {
        Ready: 'False/WaitingForPollers',
        Progressing: 'True/WaitingForPollers',
        WorkersAvailable: 'True/WorkersReady',
      },
    ],
    [
      'workers that fail',
      world(OLD.buildID, {
        versions: [version(TARGET.buildID, { ...liveSnapshot(TARGET), workers: failed, openRuns: 0 })],
      }),
      { Ready: 'False/WorkerFailed', WorkersAvailable: 'False/WorkerFailed', Degraded: 'True/WorkerFailed' },
    ],
    [
      'an old version with runs',
      world(TARGET.buildID, {
        versions: [
          version(TARGET.buildID, { ...liveSnapshot(TARGET), workers: ready, openRuns: 0 }),
          version(OLD.buildID, { ...liveSnapshot(OLD), workers: ready, openRuns: 2 }),
        ],
      }),
      { Ready: 'True/Serving', Progressing: 'True/Draining', Degraded: 'False/AsExpected' },
    ],
    [
      'an old version with runs and without its snapshot',
      world(TARGET.buildID, {
        versions: [
          version(TARGET.buildID, { ...liveSnapshot(TARGET), workers: ready, openRuns: 0 }),
          version(OLD.buildID, { workers: ready, openRuns: 2 }),
        ],
      }),
      { Ready: 'True/Serving', Degraded: 'True/SnapshotLost' },
    ],
    [
      'zero replicas',
      world(TARGET.buildID, {
        spec: specOf({ worker: { replicas: 0 } }),
        versions: [version(TARGET.buildID, { ...liveSnapshot(TARGET), openRuns: 0 })],
      }),
      { Ready: 'False/ScaledToZero', WorkersAvailable: 'False/ScaledToZero', Degraded: 'False/AsExpected' },
    ],
    [
      'a Temporal without an answer',
      world(TARGET.buildID, { temporal: unknown, previous: { currentVersion: TARGET.buildID } }),
      {
        Ready: 'Unknown/Unreachable',
        TemporalConnected: 'False/Unreachable',
        WorkersAvailable: 'True/WorkersReady',
        Degraded: 'True/Unreachable',
      },
    ],
    [
      'a missing Secret',
      world(TARGET.buildID, { target: undefined, missing }),
      {
        Ready: 'False/SecretNotFound',
        SpecValid: 'True/Valid',
        ReferencesResolved: 'False/SecretNotFound',
        WorkersAvailable: 'Unknown/Blocked',
      },
    ],
    [
      'a spec with an objection',
      world(TARGET.buildID, { target: undefined, violations }),
      {
        Ready: 'False/TaskQueueConflict',
        SpecValid: 'False/TaskQueueConflict',
        Degraded: 'True/TaskQueueConflict',
      },
    ],
    [
      'a spec of another CRD',
      world(TARGET.buildID, {
        target: undefined,
        spec: undefined,
        violations: [{ reason: 'InvalidSpec', message: '…' }],
      }),
      { SpecValid: 'False/InvalidSpec', ReferencesResolved: 'Unknown/Blocked' },
    ],
    [
      'a deletion',
      world(TARGET.buildID, { agent: { ...observedWorld().agent, deleting: true } }),
      { Ready: 'False/DrainingForDeletion', Progressing: 'True/DrainingForDeletion' },
    ],
  ])('of %s', (_, observed, expected) => {
    expect(told(observed)).toMatchObject(expected);
  });

  it.each<readonly [string, unknown, Readonly<Record<string, string>>]>([
    [
      'a pod the API server calls invalid',
      new KubeError('Invalid', 'no'),
      { SpecValid: 'False/InvalidSpec', Ready: 'False/InvalidSpec' },
    ],
    [
      'a refused object',
      new KubeError('Forbidden', 'no'),
      { SpecValid: 'True/Valid', Degraded: 'True/ObjectsRefused' },
    ],
    [
      'a Temporal that went away',
      new TemporalError('Unreachable', 'no'),
      { TemporalConnected: 'False/Unreachable' },
    ],
    ['a lost race', new KubeError('Conflict', 'no'), { Ready: 'True/Serving', Degraded: 'False/AsExpected' }],
  ])('after %s', (_, error, expected) => {
    expect(told(world(TARGET.buildID), failure(error))).toMatchObject(expected);
  });

  it('keep the time of their last change', () => {
    const before = statusFor(world(undefined, {}, starting), NOTHING, CONFIRMATION);
    const after = statusFor({ ...world(TARGET.buildID), previous: before }, NOTHING, LATER);
    const timeOf = (type: string) =>
      after.conditions?.find((condition) => condition.type === type)?.lastTransitionTime;
    expect(timeOf('SpecValid')).toBe(NOW.toISOString());
    expect(timeOf('Ready')).toBe(LATER.now.toISOString());
  });
});

describe('eventsBetween', () => {
  const reasons = (before: Observed, after: Observed) => {
    const first = statusFor(before, NOTHING, CONFIRMATION);
    const second = statusFor({ ...after, previous: first }, NOTHING, LATER);
    return eventsBetween(first, second).map(({ reason }) => reason);
  };

  it.each<readonly [string, Observed, Observed, readonly string[]]>([
    ['a first version', observedWorld(), world(undefined), ['VersionCreated']],
    ['a version that became current', world(undefined), world(TARGET.buildID), ['VersionCurrent']],
    [
      'a missing Secret',
      world(TARGET.buildID),
      world(TARGET.buildID, { target: undefined, missing }),
      ['ReferenceMissing'],
    ],
    [
      'a deletion',
      world(TARGET.buildID),
      world(TARGET.buildID, { agent: { ...observedWorld().agent, deleting: true } }),
      ['DrainingForDeletion'],
    ],
    ['nothing', world(TARGET.buildID), world(TARGET.buildID), []],
  ])('tells of %s', (_, before, after, expected) => {
    expect(reasons(before, after)).toEqual(expected);
  });
});
