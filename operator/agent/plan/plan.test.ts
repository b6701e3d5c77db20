import { isDeepStrictEqual } from 'node:util';
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

/** A world for which `property` does not hold, with how to see it again; undefined when none was found. */
function counterexample(
  property: (observed: Observed, actions: readonly Action[]) => boolean,
): string | undefined {
  const run = fc.check(
    fc.property(worlds, (observed) => property(observed, plan(observed))),
    { numRuns: 2_000 },
  );
  return run.failed ? fc.defaultReportMessage(run) : undefined;
}

describe('planFor, of any world', () => {
  it('never takes the last worker from a version that may have runs', () => {
    const found = counterexample((observed, actions) =>
      actions.every((action) => {
        if (action.kind !== 'apply' || action.type !== DEPLOYMENTS) return true;
        const replicas = (action.object as { spec?: { replicas?: number } }).spec?.replicas ?? 0;
        const seen = observed.versions.find(({ buildID }) => buildID === buildIDOf(action));
        const askedForZero =
          isServing(observed, buildIDOf(action)) &&
          observed.spec?.worker?.replicas === 0 &&
          !observed.agent.deleting;
        const scaledDownBlindly =
          observed.temporal.kind === 'unknown' && replicas < (seen?.deployment?.spec?.replicas ?? 0);
        const stranded = !askedForZero && (seen?.openRuns ?? 0) > 0 && replicas === 0;
        return !scaledDownBlindly && !stranded;
      }),
    );
    expect(found).toBeUndefined();
  });

  it('puts workers back for every version that has runs and a snapshot', () => {
    const found = counterexample((observed, actions) =>
      observed.versions.every(({ buildID, openRuns, deployment, snapshot }) => {
        if ((openRuns ?? 0) === 0 || deployment !== undefined || snapshot === undefined) return true;
        if (observed.spec === undefined || observed.connection === undefined) return true;
        // Whoever took the finalizer off a deleted agent wants no more of it.
        if (observed.agent.deleting && observed.agent.finalizers.length === 0) return true;
        if (observed.agent.deleting && deletionStage(observed, CONFIRMATION) !== 'drain') return true;
        return actions.some(
          (action) => action.kind === 'apply' && action.type === DEPLOYMENTS && buildIDOf(action) === buildID,
        );
      }),
    );
    expect(found).toBeUndefined();
  });

  it('deletes nothing of a version that has runs, serves, or was not seen empty twice', () => {
    const found = counterexample((observed, actions) => {
      if (observed.agent.deleting) return true;
      if (actions.some(({ kind }) => kind === 'deleteWorkerDeployment')) return false;
      return observed.versions.every(({ buildID, openRuns }) => {
        const forgotten = actions.some(
          (action) => action.kind === 'deleteTemporalVersion' && action.buildID === buildID,
        );
        const unmade =
          deletionOf(actions, CONFIG_MAPS, buildID) &&
          !actions.some((action) => action.kind === 'apply' && buildIDOf(action) === buildID);
        if (!deletionOf(actions, DEPLOYMENTS, buildID) && !forgotten && !unmade) return true;
        const since = observed.previous.versions?.find((entry) => entry.buildID === buildID)?.emptySince;
        return openRuns === 0 && !isServing(observed, buildID) && since === LONG_AGO;
      });
    });
    expect(found).toBeUndefined();
  });

  it('takes a draining version, or one that has just stopped being current, for what it is', () => {
    const found = counterexample((observed, actions) =>
      observed.versions.every(({ buildID, temporal }) => {
        const state = observed.previous.versions?.find((entry) => entry.buildID === buildID)?.state;
        const hadRuns = state === 'Current' || state === 'Draining' || state === 'Drained';
        const undecided =
          temporal?.drainage === 'Draining' || (temporal?.drainage === 'Unspecified' && hadRuns);
        return observed.agent.deleting || !undecided || !deletionOf(actions, DEPLOYMENTS, buildID);
      }),
    );
    expect(found).toBeUndefined();
  });

  it('removes nothing while Temporal cannot be asked, but what never had a run or cannot be kept', () => {
    const found = counterexample((observed, actions) => {
      if (observed.temporal.kind === 'known') return true;
      if (actions.some(({ kind }) => kind.includes('Temporal') || kind === 'setCurrentVersion')) return false;
      if (observed.agent.deleting && deletionStage(observed, CONFIRMATION) !== 'drain') return true;
      return observed.versions.every(({ buildID }) => !deletionOf(actions, DEPLOYMENTS, buildID));
    });
    expect(found).toBeUndefined();
  });

  it('keeps an agent that is being deleted as long as a run is open', () => {
    const found = counterexample((observed, actions) => {
      const { temporal, agent, versions, target, previous } = observed;
      if (!agent.deleting || temporal.kind === 'unknown' || temporal.openRuns === 0) return true;
      const gone = !versions.some(({ snapshotMap, deployment }) => snapshotMap ?? deployment);
      if (gone && (target === undefined || (previous.versions ?? []).length === 0)) return true;
      return (
        !actions.some(({ kind }) => kind === 'setFinalizers') &&
        versions.every(({ buildID }) => !deletionOf(actions, DEPLOYMENTS, buildID))
      );
    });
    expect(found).toBeUndefined();
  });

  it('makes at most the target current, once, and only when its workers poll', () => {
    const found = counterexample(({ target, temporal }, actions) => {
      const changes = actions.filter((action) => action.kind === 'setCurrentVersion');
      const polls = temporal.kind === 'known' && temporal.targetPolls;
      return changes.length <= 1 && changes.every(({ buildID }) => polls && buildID === target?.buildID);
    });
    expect(found).toBeUndefined();
  });

  it('makes nothing before the finalizer is set', () => {
    const found = counterexample(({ agent, target }, actions) => {
      if (agent.deleting || target === undefined || agent.finalizers.length > 0) return true;
      return !actions.some(({ kind }) => kind === 'apply') || actions[0]?.kind === 'setFinalizers';
    });
    expect(found).toBeUndefined();
  });

  it('asks Temporal to forget, which it may refuse for minutes, only after everything else', () => {
    const found = counterexample(({ agent }, actions) => {
      const forgets = actions.findIndex(({ kind }) => kind === 'deleteTemporalVersion');
      if (agent.deleting || forgets < 0) return true;
      return actions
        .slice(forgets)
        .every(({ kind }) => kind === 'deleteTemporalVersion' || kind === 'delete');
    });
    expect(found).toBeUndefined();
  });

  it('gives the same plan for the same observation', () => {
    const found = counterexample((observed, actions) => isDeepStrictEqual(plan(observed), actions));
    expect(found).toBeUndefined();
  });

  it('comes to rest: what is done is not planned again, and soon nothing is', () => {
    const found = counterexample((observed, first) => {
      let world = observed;
      let actions = first;
      for (let pass = 0; pass < 8; pass += 1) {
        if (actions.length === 0) return true;
        const done = actions;
        world = after(world, done, statusFor(world, { done, failure: undefined }, CONFIRMATION));
        actions = plan(world);
        if (actions.some((action) => done.some((other) => isDeepStrictEqual(action, other)))) return false;
      }
      return false;
    });
    expect(found).toBeUndefined();
  });
});
