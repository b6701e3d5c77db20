import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { VersionStatus } from '../../../crds/v1alpha1/durable-agent.ts';
import { VERSION_STATES } from '../../../crds/v1alpha1/durable-agent.ts';
import { LABELS } from '../../../crds/v1alpha1/contract.ts';
import { CONFIG_MAPS, DEPLOYMENTS } from '../../kube/resource-types.ts';
import type { Action } from '../action.ts';
import type { Observed, ObservedVersion } from '../observed.ts';
import { statusFor } from '../status/status.ts';
import {
  after,
  agentIdentity,
  CONFIRMATION,
  liveSnapshot,
  liveWorkers,
  NOW,
  observedWorld,
  specOf,
  targetFor,
  version,
} from '../test-world.ts';
import { deletionStage } from './plan-deletion.ts';
import { planFor } from './plan.ts';

const TARGETS = ['a', 'b', 'c', 'd'].map(targetFor);
const LONG_AGO = new Date(NOW.getTime() - 61_000).toISOString();
const LATELY = new Date(NOW.getTime() - 59_000).toISOString();

/** Any state two servers and a spec can be in, including ones only a hand or a crash leaves behind. */
const worlds: fc.Arbitrary<Observed> = fc
  .record({
    replicas: fc.integer({ min: 0, max: 3 }),
    target: fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined, freq: 5 }),
    temporalKnown: fc.boolean(),
    registered: fc.boolean(),
    current: fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined }),
    ramping: fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined, freq: 1 }),
    targetPolls: fc.boolean(),
    queueRuns: fc.integer({ min: 0, max: 2 }),
    deleting: fc.boolean(),
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
        openRuns: fc.integer({ min: 0, max: 2 }),
        exists: fc.boolean(),
        recorded: fc.option(
          fc.record({
            state: fc.constantFrom(...VERSION_STATES),
            emptySince: fc.constantFrom(undefined, LATELY, LONG_AGO),
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

const plan = (observed: Observed) => planFor(observed, CONFIRMATION);
const buildIDOf = (action: Action) =>
  action.kind === 'apply' ? (action.object.metadata.labels?.[LABELS.buildID] ?? '') : '';
const deletionOf = (actions: readonly Action[], type: unknown, buildID: string) =>
  actions.some((action) => action.kind === 'delete' && action.type === type && action.name.endsWith(buildID));

function isServing({ target, temporal, previous }: Observed, buildID: string): boolean {
  if (buildID === target?.buildID) return true;
  if (temporal.kind === 'unknown') return buildID === previous.currentVersion;
  return buildID === temporal.deployment?.currentBuildID || buildID === temporal.deployment?.rampingBuildID;
}

describe('planFor, of any world', () => {
  const check = (property: (observed: Observed, actions: readonly Action[]) => void) =>
    fc.assert(
      fc.property(worlds, (observed) => property(observed, plan(observed))),
      { numRuns: 2_000 },
    );

  it('never takes the last worker from a version that may have runs', () => {
    check((observed, actions) => {
      for (const action of actions) {
        if (action.kind !== 'apply' || action.type !== DEPLOYMENTS) continue;
        const replicas = (action.object as { spec?: { replicas?: number } }).spec?.replicas;
        const seen = observed.versions.find(({ buildID }) => buildID === buildIDOf(action));
        const had = seen?.deployment?.spec?.replicas;
        const asked =
          isServing(observed, buildIDOf(action)) &&
          observed.spec?.worker?.replicas === 0 &&
          !observed.agent.deleting;
        if (observed.temporal.kind === 'unknown') expect(replicas).toBeGreaterThanOrEqual(had ?? 0);
        if (!asked && (seen?.openRuns ?? 0) > 0) expect(replicas).toBeGreaterThan(0);
      }
    });
  });

  it('deletes nothing of a version that has runs, serves, or was not seen empty twice', () => {
    check((observed, actions) => {
      if (observed.agent.deleting) return;
      for (const { buildID, openRuns } of observed.versions) {
        const workers = deletionOf(actions, DEPLOYMENTS, buildID);
        const forgotten = actions.some(
          (action) => action.kind === 'deleteTemporalVersion' && action.buildID === buildID,
        );
        const snapshot =
          deletionOf(actions, CONFIG_MAPS, buildID) &&
          !actions.some((action) => action.kind === 'apply' && buildIDOf(action) === buildID);
        if (!workers && !forgotten && !snapshot) continue;
        expect(openRuns).toBe(0);
        expect(isServing(observed, buildID)).toBe(false);
        const since = observed.previous.versions?.find((entry) => entry.buildID === buildID)?.emptySince;
        expect(since).toBe(LONG_AGO);
      }
      expect(actions.some(({ kind }) => kind === 'deleteWorkerDeployment')).toBe(false);
    });
  });

  it('takes a draining version, or one that has just stopped being current, for what it is', () => {
    check((observed, actions) => {
      if (observed.agent.deleting) return;
      for (const { buildID, temporal } of observed.versions) {
        const state = observed.previous.versions?.find((entry) => entry.buildID === buildID)?.state;
        const hadRuns = state === 'Current' || state === 'Draining' || state === 'Drained';
        if (temporal?.drainage === 'Draining' || (temporal?.drainage === 'Unspecified' && hadRuns)) {
          expect(deletionOf(actions, DEPLOYMENTS, buildID)).toBe(false);
        }
      }
    });
  });

  it('removes nothing while Temporal cannot be asked, but what never had a run or cannot be kept', () => {
    check((observed, actions) => {
      if (observed.temporal.kind === 'known') return;
      expect(actions.some(({ kind }) => kind.includes('Temporal') || kind === 'setCurrentVersion')).toBe(
        false,
      );
      if (observed.agent.deleting && deletionStage(observed, CONFIRMATION) !== 'drain') return;
      for (const { buildID } of observed.versions) {
        expect(deletionOf(actions, DEPLOYMENTS, buildID)).toBe(false);
      }
    });
  });

  it('keeps an agent that is being deleted as long as a run is open', () => {
    check((observed, actions) => {
      const { temporal, agent, versions, target } = observed;
      if (!agent.deleting || temporal.kind === 'unknown' || temporal.openRuns === 0) return;
      const gone = !versions.some(({ snapshotMap, deployment }) => snapshotMap ?? deployment);
      if (gone && (target === undefined || (observed.previous.versions ?? []).length === 0)) return;
      expect(actions.some(({ kind }) => kind === 'setFinalizers')).toBe(false);
      for (const { buildID } of versions) expect(deletionOf(actions, DEPLOYMENTS, buildID)).toBe(false);
    });
  });

  it('makes at most the target current, once, and only when its workers poll', () => {
    check((observed, actions) => {
      const changes = actions.filter((action) => action.kind === 'setCurrentVersion');
      expect(changes.length).toBeLessThanOrEqual(1);
      for (const { buildID } of changes) {
        expect(buildID).toBe(observed.target?.buildID);
        expect(observed.temporal).toMatchObject({ kind: 'known', targetPolls: true });
      }
    });
  });

  it('makes nothing before the finalizer is set, and no version of a deleted or invalid agent', () => {
    check((observed, actions) => {
      const made = actions.findIndex(({ kind }) => kind === 'apply');
      if (observed.agent.deleting || observed.target === undefined) return;
      if (made < 0 || observed.agent.finalizers.length > 0) return;
      expect(actions[0]?.kind).toBe('setFinalizers');
    });
  });

  it('gives the same plan for the same observation', () => {
    check((observed, actions) => {
      expect(planFor(observed, CONFIRMATION)).toEqual(actions);
    });
  });

  it('comes to rest: what is done is not planned again, and soon nothing is', () => {
    check((observed, first) => {
      let world = observed;
      let actions = first;
      for (let pass = 0; actions.length > 0; pass += 1) {
        expect(pass).toBeLessThan(8);
        const done = actions;
        world = after(world, done, statusFor(world, { done, failure: undefined }, CONFIRMATION));
        actions = plan(world);
        for (const action of actions) expect(done).not.toContainEqual(action);
      }
    });
  });
});
