import { isDeepStrictEqual } from 'node:util';
import type { ConnectionReason } from '../../crds/v1alpha1/conditions.ts';
import { API_VERSION } from '../../crds/v1alpha1/group.ts';
import type { TemporalConnection } from '../../crds/v1alpha1/kinds.ts';
import type { TemporalConnectionStatus } from '../../crds/v1alpha1/temporal-connection.ts';
import type { Reconcile, Store } from '../engine/reconciler.ts';
import type { KubeClient } from '../kube/port.ts';
import { TEMPORAL_CONNECTIONS } from '../kube/resource-types.ts';
import type { Emit } from '../telemetry/events.ts';
import { TemporalError, type ServerInfo, type TemporalClients } from '../temporal/port.ts';
import { conditionsFrom, findCondition, type Finding } from './condition.ts';
import { resolveConnectionSettings } from './settings.ts';

const RECHECK_MS = 30_000;
const RECHECK_FAILING_MS = 5_000;

export interface ConnectionPorts {
  readonly kube: Pick<KubeClient, 'get' | 'applyStatus'>;
  readonly connections: Pick<Store<TemporalConnection>, 'get'>;
  readonly temporal: TemporalClients;
  readonly emit: Emit;
  readonly now: () => Date;
}

/** What one look at a connection came to. */
export type Probe =
  | { readonly kind: 'connected'; readonly server: ServerInfo }
  | { readonly kind: 'failed'; readonly reason: ConnectionReason; readonly message: string };

/**
 * One pass over one TemporalConnection: can it be reached with these credentials, and is it new enough. An outage is a
 * condition and a recheck, never an error of the pass.
 */
export function makeReconcileConnection(ports: ConnectionPorts): Reconcile {
  const { kube, connections, emit, now } = ports;
  return async (key) => {
    const connection = connections.get(key);
    if (connection === undefined || connection.metadata.deletionTimestamp !== undefined)
      return { kind: 'done' };

    const probed = await probe(ports, connection, key.namespace);
    const status = connectionStatus(connection, probed, now());
    if (!isDeepStrictEqual(status, connection.status)) {
      await kube.applyStatus(TEMPORAL_CONNECTIONS, {
        apiVersion: API_VERSION,
        kind: TEMPORAL_CONNECTIONS.kind,
        metadata: { name: key.name, namespace: key.namespace },
        status,
      });
      for (const note of transitions(connection.status, status)) emit(connection, note);
    }
    const isWell = (status.conditions ?? []).every((condition) => condition.status === 'True');
    return { kind: 'requeueAfter', milliseconds: isWell ? RECHECK_MS : RECHECK_FAILING_MS };
  };
}

async function probe(
  ports: ConnectionPorts,
  connection: TemporalConnection,
  namespace: string,
): Promise<Probe> {
  const resolved = await resolveConnectionSettings({
    kube: ports.kube,
    namespace,
    connection,
    // Never used: there is a connection.
    defaultTemporal: { address: '', namespace: '' },
  });
  if ('missing' in resolved) {
    const reason = resolved.missing === 'ConnectionNotFound' ? 'Unknown' : resolved.missing;
    return { kind: 'failed', reason, message: resolved.message };
  }
  try {
    return { kind: 'connected', server: await ports.temporal.for(resolved.settings).serverInfo() };
  } catch (error) {
    if (!(error instanceof TemporalError)) throw error;
    return { kind: 'failed', reason: CONDITION_REASON[error.reason], message: error.message };
  }
}

const CONDITION_REASON: Readonly<Record<TemporalError['reason'], ConnectionReason>> = {
  Unreachable: 'Unreachable',
  Unauthorized: 'Unauthorized',
  TemporalNamespaceNotFound: 'TemporalNamespaceNotFound',
  VersioningUnsupported: 'VersioningUnsupported',
  Conflict: 'Unknown',
  Refused: 'Unknown',
};

/** Pure: the same look at the same connection gives an equal status. */
export function connectionStatus(
  connection: TemporalConnection,
  probed: Probe,
  now: Date,
): TemporalConnectionStatus {
  const generation = connection.metadata.generation ?? 0;
  const previous = connection.status?.conditions;
  // The version last seen stays while the server is away: it is what a person asks first.
  const serverVersion =
    probed.kind === 'connected' ? probed.server.serverVersion : connection.status?.serverVersion;
  return {
    observedGeneration: generation,
    ...(serverVersion === undefined ? {} : { serverVersion }),
    conditions: conditionsFrom(findings(connection, probed), { previous, generation, now }),
  };
}

function findings({ spec, status }: TemporalConnection, probed: Probe): readonly Finding[] {
  if (probed.kind === 'failed') {
    const before = findCondition(status?.conditions, 'Compatible');
    return [
      { type: 'Ready', status: 'False', reason: probed.reason, message: probed.message },
      before?.status === 'True' || before?.status === 'False'
        ? { type: 'Compatible', status: before.status, reason: before.reason, message: before.message }
        : {
            type: 'Compatible',
            status: 'Unknown',
            reason: 'Unknown',
            message: 'the server has not answered yet',
          },
    ];
  }
  const { serverVersion, supportsVersioning } = probed.server;
  const at = `Temporal ${serverVersion} at ${spec.address}, namespace ${spec.namespace}`;
  return [
    supportsVersioning
      ? { type: 'Ready', status: 'True', reason: 'Connected', message: at }
      : {
          type: 'Ready',
          status: 'False',
          reason: 'VersioningUnsupported',
          message: `${at}: agents need worker deployment versions`,
        },
    supportsVersioning
      ? { type: 'Compatible', status: 'True', reason: 'VersioningSupported', message: at }
      : {
          type: 'Compatible',
          status: 'False',
          reason: 'VersioningUnsupported',
          message: `${at}: worker deployment versions need 1.28 or newer, with system.enableDeploymentVersions on`,
        },
  ];
}

function transitions(before: TemporalConnectionStatus | undefined, after: TemporalConnectionStatus) {
  const ready = findCondition(after.conditions, 'Ready');
  const was = findCondition(before?.conditions, 'Ready');
  if (ready === undefined || (ready.status === was?.status && ready.reason === was.reason)) return [];
  return [
    {
      type: ready.status === 'True' ? 'Normal' : 'Warning',
      reason: ready.reason,
      message: ready.message,
    } as const,
  ];
}
