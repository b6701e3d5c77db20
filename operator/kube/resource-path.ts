import type { ObjectKey, ResourceType } from './port.ts';

/** `apps/v1` or, in the core group, `v1`. */
export function apiVersionOf(type: ResourceType): string {
  return type.group === '' ? type.version : `${type.group}/${type.version}`;
}

/** Path of a collection: of one namespace, or of all without one. */
export function collectionPath(type: ResourceType, namespace?: string): string {
  const root = type.group === '' ? `/api/${type.version}` : `/apis/${type.group}/${type.version}`;
  return namespace === undefined
    ? `${root}/${type.plural}`
    : `${root}/namespaces/${encodeURIComponent(namespace)}/${type.plural}`;
}

/** Path of one object or of a subresource of it. Every kind the operator touches is namespaced. */
export function objectPath(type: ResourceType, key: ObjectKey, subresource?: 'status'): string {
  const path = `${collectionPath(type, key.namespace)}/${encodeURIComponent(key.name)}`;
  return subresource === undefined ? path : `${path}/${subresource}`;
}

/** For messages: `Deployment shop/assistant-0123`. */
export function describeObject(type: ResourceType, key: ObjectKey): string {
  return `${type.kind} ${key.namespace}/${key.name}`;
}
