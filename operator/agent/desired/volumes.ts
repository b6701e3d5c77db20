import {
  MODULES_DIRECTORY,
  SECRETS_DIRECTORY,
  SNAPSHOT_DIRECTORY,
  SNAPSHOT_KEY,
  TEMPORAL_CREDENTIALS_DIRECTORY,
} from '../../../crds/v1alpha1/contract.ts';
import type { SecretKeyRef } from '../../../crds/v1alpha1/common.ts';
import type { Snapshot } from '../../../crds/v1alpha1/snapshot.ts';
import type { WorkerConnection } from '../observe/connection.ts';
import type { VersionInput } from './version-input.ts';

/** Readable by the pod's group (fsGroup) and by nobody else. */
const READ_ONLY_MODE = 0o440;
/** Room for compiled modules, and for what tools write to /tmp. A pod that exceeds it is evicted, not the node filled. */
const MODULES_SIZE = '64Mi';
const TEMPORARY_SIZE = '256Mi';

interface Mounted {
  readonly volume: Readonly<Record<string, unknown>> & { readonly name: string };
  readonly mountPath: string;
  readonly readOnly?: true;
}

/** Volumes of a worker pod and where its container has them. */
export function volumesOf(input: VersionInput): {
  readonly volumes: readonly Readonly<Record<string, unknown>>[];
  readonly mounts: readonly Readonly<Record<string, unknown>>[];
} {
  const mounted = [
    snapshotVolume(input.snapshotMap.name),
    ...secretsVolume(input.snapshot),
    ...credentialsVolume(input.connection),
    writable('modules', MODULES_DIRECTORY, MODULES_SIZE),
    writable('tmp', '/tmp', TEMPORARY_SIZE),
  ];
  return {
    volumes: mounted.map(({ volume }) => volume),
    mounts: mounted.map(({ volume, mountPath, readOnly }) => ({
      name: volume.name,
      mountPath,
      // `readOnly: false` is not stored by the server, so it is not said.
      ...(readOnly === undefined ? {} : { readOnly }),
    })),
  };
}

/** Secrets a version uses at run time, sorted and each once. Those in `spec.worker.env` the kubelet reads itself. */
function secretsOf(snapshot: Snapshot): readonly SecretKeyRef[] {
  const references = [
    snapshot.model.apiKeySecretRef,
    ...snapshot.tools.flatMap((tool) =>
      (tool.http?.headersFrom ?? []).map(({ secretKeyRef }) => secretKeyRef),
    ),
  ].filter((reference) => reference !== undefined);
  const byPath = new Map(references.map((reference) => [`${reference.name}/${reference.key}`, reference]));
  return [...byPath.entries()].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, reference]) => reference);
}

function snapshotVolume(configMap: string): Mounted {
  return {
    volume: {
      name: 'snapshot',
      configMap: {
        name: configMap,
        defaultMode: READ_ONLY_MODE,
        items: [{ key: SNAPSHOT_KEY, path: SNAPSHOT_KEY }],
      },
    },
    mountPath: SNAPSHOT_DIRECTORY,
    readOnly: true,
  };
}

/** One volume for all: the kubelet swaps it in one step when a Secret changes. Only keys in use, never a whole Secret. */
function secretsVolume(snapshot: Snapshot): readonly Mounted[] {
  const byName = Map.groupBy(secretsOf(snapshot), ({ name }) => name);
  if (byName.size === 0) return [];
  const sources = [...byName.entries()].map(([name, keys]) => ({
    secret: { name, items: keys.map(({ key }) => ({ key, path: `${name}/${key}` })) },
  }));
  return [
    {
      volume: { name: 'secrets', projected: { defaultMode: READ_ONLY_MODE, sources } },
      mountPath: SECRETS_DIRECTORY,
      readOnly: true,
    },
  ];
}

function credentialsVolume(connection: WorkerConnection): readonly Mounted[] {
  if (connection.credentials.length === 0) return [];
  const sources = connection.credentials.map(({ secret, key, file }) => ({
    secret: { name: secret, items: [{ key, path: file }] },
  }));
  return [
    {
      volume: { name: 'temporal', projected: { defaultMode: READ_ONLY_MODE, sources } },
      mountPath: TEMPORAL_CREDENTIALS_DIRECTORY,
      readOnly: true,
    },
  ];
}

function writable(name: string, mountPath: string, sizeLimit: string): Mounted {
  return { volume: { name, emptyDir: { sizeLimit } }, mountPath };
}
