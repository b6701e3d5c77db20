import { LABELS, SNAPSHOT_KEY, versionObjectName } from '../../../crds/v1alpha1/contract.ts';
import { parseSnapshot, type Snapshot } from '../../../crds/v1alpha1/snapshot.ts';
import type { Store } from '../../engine/reconciler.ts';
import type { KubeObject } from '../../kube/port.ts';
import type { AgentIdentity } from '../identity.ts';
import type { ConfigMapObject } from '../live-objects.ts';
import type { ObservedVersion } from '../observed.ts';
import type { KnownImage } from './pinned-image.ts';
import { workerHealth } from './pod-health.ts';
import type { AgentStores } from '../ports.ts';

/** A version as Kubernetes knows it. */
export type LiveVersion = Omit<ObservedVersion, 'temporal' | 'openRuns'>;

/** Every version Kubernetes has a trace of, sorted by build ID. */
export function liveVersions(stores: AgentStores, agent: AgentIdentity): readonly LiveVersion[] {
  const snapshotMaps = byBuildID(stores.configMaps, agent);
  const deployments = byBuildID(stores.deployments, agent);
  const budgets = byBuildID(stores.podDisruptionBudgets, agent);
  const pods = Map.groupBy(ofAgent(stores.pods, agent), (pod) => pod.metadata.labels?.[LABELS.buildID] ?? '');
  const buildIDs = new Set([
    ...snapshotMaps.keys(),
    ...deployments.keys(),
    ...budgets.keys(),
    ...pods.keys(),
  ]);
  return [...buildIDs]
    .filter((buildID) => buildID !== '')
    .toSorted()
    .map((buildID) => {
      const snapshotMap = snapshotMaps.get(buildID);
      return {
        buildID,
        snapshotMap,
        snapshot: snapshotMap === undefined ? undefined : snapshotIn(snapshotMap, buildID),
        deployment: deployments.get(buildID),
        budget: budgets.get(buildID),
        workers: workerHealth(pods.get(buildID) ?? []),
      };
    });
}

export function unseenVersion(buildID: string): LiveVersion {
  return {
    buildID,
    snapshotMap: undefined,
    snapshot: undefined,
    deployment: undefined,
    budget: undefined,
    workers: workerHealth([]),
  };
}

/** Versions a Pinned agent can take its image from. */
export function knownImages(versions: readonly LiveVersion[]): readonly KnownImage[] {
  return versions.flatMap(({ buildID, snapshot, snapshotMap }) =>
    snapshot === undefined || snapshotMap === undefined
      ? []
      : [
          {
            buildID,
            behaviour: snapshotMap.metadata.labels?.[LABELS.behaviour] ?? '',
            image: snapshot.image,
            createdAt: snapshotMap.metadata.creationTimestamp ?? '',
          },
        ],
  );
}

/** Objects in a store are replaced, not changed, so a snapshot of up to a megabyte is read once and not every pass. */
const parsed = new WeakMap<ConfigMapObject, Snapshot | 'unreadable'>();

/** undefined when it is not the snapshot the build ID names: edited by hand, or of an operator with another schema. */
function snapshotIn(configMap: ConfigMapObject, buildID: string): Snapshot | undefined {
  const known = parsed.get(configMap) ?? read(configMap, buildID);
  parsed.set(configMap, known);
  return known === 'unreadable' ? undefined : known;
}

function read(configMap: ConfigMapObject, buildID: string): Snapshot | 'unreadable' {
  try {
    return parseSnapshot(configMap.data?.[SNAPSHOT_KEY] ?? '', buildID);
  } catch {
    return 'unreadable';
  }
}

function ofAgent<T extends KubeObject>(store: Store<T>, agent: AgentIdentity): readonly T[] {
  return store.list(agent.namespace).filter(({ metadata }) => metadata.labels?.[LABELS.agent] === agent.name);
}

/** The one of each version that has the name we give; a copy somebody made with our labels does not count. */
function byBuildID<T extends KubeObject>(store: Store<T>, agent: AgentIdentity): ReadonlyMap<string, T> {
  return new Map(
    ofAgent(store, agent).flatMap((object) => {
      const buildID = object.metadata.labels?.[LABELS.buildID];
      return buildID !== undefined && object.metadata.name === versionObjectName(agent.name, buildID)
        ? [[buildID, object] as const]
        : [];
    }),
  );
}
