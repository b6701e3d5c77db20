import type { TemporalConnection } from '../../../crds/v1alpha1/kinds.ts';
import { resolveConnectionSettings } from '../../connection/settings.ts';
import type { Store } from '../../engine/reconciler.ts';
import type { KubeClient } from '../../kube/port.ts';
import { SECRETS } from '../../kube/resource-types.ts';
import type { ConnectionSettings } from '../../temporal/port.ts';
import { revisionOf, type MissingReference } from './resolve-references.ts';

/** How a worker reaches Temporal: no secret in it, only where the kubelet finds them. */
export interface WorkerConnection {
  readonly address: string;
  readonly namespace: string;
  readonly tls: boolean;
  readonly serverName: string | undefined;
  /** Keys of Secrets and the file names workers expect them under. */
  readonly credentials: readonly { readonly secret: string; readonly key: string; readonly file: string }[];
}

export type ConnectionView =
  | {
      readonly kind: 'resolved';
      readonly settings: ConnectionSettings;
      readonly worker: WorkerConnection;
      /** As ResolvedReferences.revisions: a worker reads its credentials when it connects. */
      readonly revisions: readonly string[];
    }
  | { readonly kind: 'missing'; readonly missing: MissingReference };

/** The connection `name` of the namespace, or the operator's own. Fails as KubeClient.get does. */
export async function readConnection(input: {
  readonly kube: Pick<KubeClient, 'get'>;
  readonly connections: Store<TemporalConnection>;
  readonly namespace: string;
  readonly name: string | undefined;
  readonly defaultTemporal: ConnectionSettings;
}): Promise<ConnectionView> {
  const { kube, connections, namespace, name, defaultTemporal } = input;
  const connection = name === undefined ? undefined : connections.get({ namespace, name });
  if (name !== undefined && connection === undefined) {
    return {
      kind: 'missing',
      missing: {
        reason: 'ConnectionNotFound',
        message: `spec.temporal.connectionRef: TemporalConnection ${namespace}/${name} does not exist: create it, or correct the name`,
      },
    };
  }
  const resolved = await resolveConnectionSettings({ kube, namespace, connection, defaultTemporal });
  if ('missing' in resolved) {
    return { kind: 'missing', missing: { reason: resolved.missing, message: resolved.message } };
  }
  const { settings } = resolved;
  const credentials = connection === undefined ? [] : credentialsOf(connection);
  const secrets = await Promise.all(
    [...new Set(credentials.map(({ secret }) => secret))].map((secret) =>
      kube.get(SECRETS, { namespace, name: secret }),
    ),
  );
  return {
    kind: 'resolved',
    settings,
    worker: {
      address: settings.address,
      namespace: settings.namespace,
      tls: settings.tls !== undefined,
      serverName: settings.tls?.serverName,
      credentials,
    },
    revisions: secrets.flatMap((secret) => (secret === undefined ? [] : [revisionOf(secret)])).toSorted(),
  };
}

function credentialsOf({ spec }: TemporalConnection): WorkerConnection['credentials'] {
  const ca = spec.tls?.caSecretRef;
  const client = spec.tls?.clientCertSecretRef;
  const apiKey = spec.apiKeySecretRef;
  return [
    ...(ca === undefined ? [] : [{ secret: ca.name, key: ca.key, file: 'ca.crt' }]),
    ...(client === undefined
      ? []
      : ['tls.crt', 'tls.key'].map((file) => ({ secret: client.name, key: file, file }))),
    ...(apiKey === undefined ? [] : [{ secret: apiKey.name, key: apiKey.key, file: 'api-key' }]),
  ];
}
