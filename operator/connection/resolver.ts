import type { TemporalConnection } from '../../crds/v1alpha1/kinds.ts';
import type { Store } from '../engine/reconciler.ts';
import type { KubeClient } from '../kube/port.ts';
import type { ConnectionSettings } from '../temporal/port.ts';
import { resolveConnectionSettings, type ResolvedConnection } from './settings.ts';

/** How long a rotated credential may go unnoticed: runs and samples ask every few seconds, the API server need not. */
const FRESH_MS = 15_000;

/** `name`: of the TemporalConnection an agent refers to; undefined means the operator's own Temporal. */
export type ResolveConnection = (reference: {
  readonly namespace: string;
  readonly name: string | undefined;
}) => Promise<ResolvedConnection>;

/** Settings by reference. What is missing is looked for again at every call. Fails as KubeClient.get does. */
export function makeResolveConnection(ports: {
  readonly kube: Pick<KubeClient, 'get'>;
  readonly connections: Pick<Store<TemporalConnection>, 'get'>;
  readonly defaultTemporal: ConnectionSettings;
  readonly now: () => Date;
}): ResolveConnection {
  const { kube, connections, defaultTemporal, now } = ports;
  const known = new Map<
    string,
    { readonly version: string; readonly at: number; readonly resolved: ResolvedConnection }
  >();

  return async ({ namespace, name }) => {
    if (name === undefined) return { settings: defaultTemporal };
    const key = `${namespace}/${name}`;
    const connection = connections.get({ namespace, name });
    if (connection === undefined) {
      known.delete(key);
      return {
        missing: 'ConnectionNotFound',
        message: `spec.temporal.connectionRef: TemporalConnection ${key} does not exist: create it, or correct the name`,
      };
    }
    const version = `${connection.metadata.uid}/${connection.metadata.generation}`;
    const before = known.get(key);
    const at = now().getTime();
    if (before?.version === version && at - before.at < FRESH_MS) return before.resolved;
    const resolved = await resolveConnectionSettings({ kube, namespace, connection, defaultTemporal });
    if ('settings' in resolved) known.set(key, { version, at, resolved });
    else known.delete(key);
    return resolved;
  };
}
