import type { AgentReason } from '../../../crds/v1alpha1/conditions.ts';
import type { KubeClient, KubeObject } from '../../kube/port.ts';
import { CONFIG_MAPS, SECRETS } from '../../kube/resource-types.ts';
import type { ConfigMapObject, SecretObject } from '../live-objects.ts';
import type { Reference } from './references.ts';

/** Something the spec names that is not there. `message` names the field, the object and the key. */
export interface MissingReference {
  readonly reason: AgentReason;
  readonly message: string;
}

export interface ResolvedReferences {
  readonly missing: readonly MissingReference[];
  /** Content of a key of a ConfigMap; undefined when it is missing. */
  readonly text: (reference: { readonly name: string; readonly key: string }) => string | undefined;
  /** `uid/resourceVersion` of what pods read only at their start, sorted: another value has to roll them. */
  readonly revisions: readonly string[];
}

/** Reads each object once a pass: `get` remembers. Of a Secret only the names of its keys are kept by the callers. */
export function readOnce(kube: KubeClient): Pick<KubeClient, 'get'> {
  const seen = new Map<string, Promise<KubeObject | undefined>>();
  return {
    get<T extends KubeObject>(...[type, key]: Parameters<KubeClient['get']>): Promise<T | undefined> {
      const id = `${type.plural}/${key.namespace}/${key.name}`;
      const known = seen.get(id) ?? kube.get<T>(type, key);
      seen.set(id, known);
      return known as Promise<T | undefined>;
    },
  };
}

/** Looks every reference up, in the agent's namespace. Fails as KubeClient.get does. */
export async function resolveReferences(
  kube: Pick<KubeClient, 'get'>,
  namespace: string,
  references: readonly Reference[],
): Promise<ResolvedReferences> {
  const texts = new Map<string, string>();
  const missing: MissingReference[] = [];
  const revisions = new Set<string>();
  for (const reference of references) {
    const { kind, name, key } = reference;
    const object =
      kind === 'ConfigMap'
        ? await kube.get<ConfigMapObject>(CONFIG_MAPS, { namespace, name })
        : await kube.get<SecretObject>(SECRETS, { namespace, name });
    if (object === undefined) {
      missing.push(absent(reference, namespace));
      continue;
    }
    if (reference.readAtStart) revisions.add(revisionOf(object));
    if (key === undefined) continue;
    const content =
      object.data !== undefined && Object.hasOwn(object.data, key) ? object.data[key] : undefined;
    if (content === undefined) missing.push(absentKey(reference, namespace, key));
    else if (kind === 'ConfigMap') texts.set(`${name}/${key}`, content);
  }
  return {
    missing,
    text: (reference) => texts.get(`${reference.name}/${reference.key}`),
    revisions: [...revisions].toSorted(),
  };
}

/** Changes with every write to the object, and says nothing of its content. */
export function revisionOf({ metadata }: KubeObject): string {
  return `${metadata.uid ?? ''}/${metadata.resourceVersion ?? ''}`;
}

function absent({ kind, name, path }: Reference, namespace: string): MissingReference {
  return {
    reason: kind === 'ConfigMap' ? 'ConfigMapNotFound' : 'SecretNotFound',
    message: `${path}: ${kind} ${namespace}/${name} does not exist: create it, or correct the name`,
  };
}

function absentKey({ kind, name, path }: Reference, namespace: string, key: string): MissingReference {
  return {
    reason: kind === 'ConfigMap' ? 'ConfigMapKeyNotFound' : 'SecretKeyNotFound',
    message: `${path}: ${kind} ${namespace}/${name} has no key ${key} in its data: add it, or correct the key`,
  };
}
