import { createHash } from 'node:crypto';
import { GROUP } from '../../../crds/v1alpha1/group.ts';
import { canonicalJSON } from '../../../crds/v1alpha1/snapshot.ts';
import type { KubeObject } from '../../kube/port.ts';
import type { DesiredObject } from '../desired/desired-object.ts';
import { quantityOf } from './quantity.ts';

/** Hash of what was applied last: tells that a field was dropped, which a look at the remaining fields cannot. */
const APPLIED_ANNOTATION = `${GROUP}/applied`;

/** `desired` with its own hash, ready for server-side apply. */
export function sealed(desired: DesiredObject): DesiredObject {
  const hash = createHash('sha256').update(canonicalJSON(desired)).digest('hex').slice(0, 16);
  const { metadata } = desired;
  return {
    ...desired,
    metadata: { ...metadata, annotations: { ...metadata.annotations, [APPLIED_ANNOTATION]: hash } },
  };
}

/**
 * True when every field of `desired` (sealed) has its value in `live`. What `live` has beyond that is the server's or
 * somebody else's and none of our business, so an idle pass writes nothing and a foreign edit of our fields is seen.
 */
export function isSettled(desired: DesiredObject, live: KubeObject): boolean {
  return covers(desired, live, '');
}

function covers(desired: unknown, live: unknown, field: string): boolean {
  // The server does not store empty strings (`omitempty`), for instance of an env entry.
  if (desired === undefined || desired === '') return live === undefined || live === desired;
  if (Array.isArray(desired)) return Array.isArray(live) && coversList(desired, live, field);
  if (isRecord(desired)) {
    if (!isRecord(live)) return Object.keys(desired).length === 0 && live === undefined;
    const inner = QUANTITY_MAPS.has(field) ? 'quantity' : '';
    return Object.entries(desired).every(([key, value]) =>
      covers(value, Object.hasOwn(live, key) ? live[key] : undefined, inner === '' ? key : inner),
    );
  }
  if (desired === live) return true;
  // The server writes quantities its own way: 1024Mi comes back as 1Gi.
  return (
    (field === 'quantity' || field === 'sizeLimit') &&
    typeof desired === 'string' &&
    quantityOf(desired) === quantityOf(String(live))
  );
}

const QUANTITY_MAPS: ReadonlySet<string> = new Set(['requests', 'limits']);

/** Lists the server merges by key (their list type is map): others may have added entries. Every other list is one value. */
const LIST_KEYS: Readonly<Record<string, string>> = {
  containers: 'name',
  env: 'name',
  volumes: 'name',
  volumeMounts: 'mountPath',
  ports: 'containerPort',
  imagePullSecrets: 'name',
  ownerReferences: 'uid',
  topologySpreadConstraints: 'topologyKey',
};

function coversList(desired: readonly unknown[], live: readonly unknown[], field: string): boolean {
  const key = LIST_KEYS[field];
  if (key === undefined) {
    return (
      desired.length === live.length && desired.every((entry, index) => covers(entry, live[index], field))
    );
  }
  return desired.every((entry) => {
    const id = isRecord(entry) ? entry[key] : undefined;
    return covers(
      entry,
      live.find((other) => isRecord(other) && other[key] === id),
      '',
    );
  });
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
