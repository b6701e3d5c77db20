import fc from 'fast-check';
import { VERSION_STATES, type VersionStatus } from '../../crds/v1alpha1/durable-agent.ts';
import type { Observed, ObservedVersion } from './observed.ts';
import {
  agentIdentity,
  liveSnapshot,
  liveWorkers,
  NOW,
  observedWorld,
  specOf,
  targetFor,
  version,
} from './test-world.ts';

const TARGETS = ['a', 'b', 'c', 'd'].map(targetFor);
export const LONG_AGO = new Date(NOW.getTime() - 61_000).toISOString();
const LATELY = new Date(NOW.getTime() - 59_000).toISOString();

const mostly = fc.constantFrom(true, true, true, false);

/** Any state two servers and a spec can be in, including ones only a hand or a crash leaves behind. */
export const worlds: fc.Arbitrary<Observed> = fc
  .record({
    replicas: fc.integer({ min: 0, max: 3 }),
    target: fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined, freq: 5 }),
    temporalKnown: mostly,
    registered: mostly,
    current: fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined }),
    ramping: fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined, freq: 1 }),
    targetPolls: fc.boolean(),
    queueRuns: fc.integer({ min: 0, max: 2 }),
    deleting: mostly.map((not) => !not),
    finalizer: fc.boolean(),
    connected: fc.integer({ min: 0, max: 4 }).map((n) => n > 0),
    readable: fc.integer({ min: 0, max: 6 }).map((n) => n > 0),
    versions: fc.array(
      fc.record({
        snapshot: fc.constantFrom('there', 'there', 'gone', 'wrong'),
        workers: fc.constantFrom('there', 'drifted', 'gone'),
        replicas: fc.integer({ min: 0, max: 3 }),
        pods: fc.integer({ min: 0, max: 3 }),
        ready: fc.integer({ min: 0, max: 3 }),
        drainage: fc.constantFrom(undefined, 'Unspecified', 'Draining', 'Drained'),
        openRuns: fc.constantFrom(0, 0, 1, 2),
        exists: mostly,
        recorded: fc.option(
          fc.record({
            state: fc.constantFrom(...VERSION_STATES),
            emptySince: fc.constantFrom(undefined, LATELY, LONG_AGO, LONG_AGO),
            replicas: fc.integer({ min: 0, max: 3 }),
          }),
          { nil: undefined },
        ),
      }),
      { minLength: 4, maxLength: 4 },
    ),
  })
  .map((world) => {
    const versions = TARGETS.flatMap((target, index): ObservedVersion[] => {
      const drawn = world.versions[index];
      if (drawn?.exists !== true) return [];
      const snapshot = drawn.snapshot === 'gone' ? {} : liveSnapshot(target);
      return [
        version(target.buildID, {
          ...snapshot,
          ...(drawn.snapshot === 'wrong' ? { snapshot: undefined } : {}),
          ...(drawn.workers === 'gone' ? {} : liveWorkers(target, drawn.replicas)),
          ...(drawn.workers === 'drifted' ? { budget: undefined } : {}),
          workers: {
            running: drawn.pods,
            pods: drawn.pods,
            ready: Math.min(drawn.ready, drawn.pods),
            problem: undefined,
          },
          temporal:
            !world.temporalKnown || !world.registered || drawn.drainage === undefined
              ? undefined
              : { buildID: target.buildID, drainage: drawn.drainage },
          openRuns: world.temporalKnown ? drawn.openRuns : undefined,
        }),
      ];
    }).toSorted((a, b) => (a.buildID < b.buildID ? -1 : 1));
    const idOf = (index: number | undefined) => (index === undefined ? undefined : TARGETS[index]?.buildID);
    const recorded = TARGETS.flatMap((target, index): VersionStatus[] => {
      const entry = world.versions[index]?.recorded;
      if (entry === undefined) return [];
      const { state, emptySince, replicas } = entry;
      return [
        {
          buildID: target.buildID,
          state,
          replicas,
          readyReplicas: 0,
          image: '',
          snapshot: '',
          ...(emptySince === undefined ? {} : { emptySince }),
        },
      ];
    });
    const current = idOf(world.current);
    return observedWorld({
      agent: {
        ...agentIdentity,
        deleting: world.deleting,
        finalizers: world.finalizer ? agentIdentity.finalizers : [],
      },
      spec: world.readable ? specOf({ worker: { replicas: world.replicas } }) : undefined,
      target:
        world.readable && world.connected && world.target !== undefined ? TARGETS[world.target] : undefined,
      ...(world.connected ? {} : { connection: undefined }),
      previous: { versions: recorded, ...(current === undefined ? {} : { currentVersion: current }) },
      versions,
      temporal:
        world.temporalKnown && world.connected
          ? {
              kind: 'known',
              deployment: world.registered
                ? {
                    currentBuildID: current,
                    rampingBuildID: idOf(world.ramping),
                    versions: versions.flatMap(({ temporal }) => temporal ?? []),
                    conflictToken: new Uint8Array([1]),
                  }
                : undefined,
              openRuns: world.queueRuns,
              targetPolls: world.targetPolls,
            }
          : { kind: 'unknown', reason: 'Unreachable', message: 'no answer' },
    });
  });
