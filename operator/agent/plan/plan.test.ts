import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LABELS } from '../../../crds/v1alpha1/contract.ts';
import { CONFIG_MAPS, DEPLOYMENTS } from '../../kube/resource-types.ts';
import type { Action } from '../action.ts';
import type { Observed } from '../observed.ts';
import { statusFor } from '../status/status.ts';
import { after, CONFIRMATION } from '../test-world.ts';
import { LONG_AGO, worlds } from '../test-worlds.ts';
import { deletionStage } from './plan-deletion.ts';
import { planFor } from './plan.ts';

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

  it('comes to rest when every pass dies after its first write', () => {
    const found = counterexample((observed, first) => {
      let world = observed;
      let actions = first;
      for (let pass = 0; pass < 60; pass += 1) {
        if (actions.length === 0) return true;
        // Dead before its status was written, too.
        world = after(world, actions.slice(0, 1), world.previous);
        actions = plan(world);
      }
      return false;
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
