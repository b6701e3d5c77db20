import type { ObjectMeta } from '../../crds/v1alpha1/kinds.ts';

/** What the operator needs of Kubernetes. No type of a client library passes this line. */

export interface ObjectKey {
  readonly namespace: string;
  readonly name: string;
}

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

export interface Metadata extends ObjectMeta {
  readonly ownerReferences?: readonly OwnerReference[];
}

/** Any Kubernetes object, as JSON. Builders and readers narrow it. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Metadata;
}

export interface ResourceType {
  /** '' for the core group. */
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
}

export type WatchEvent<T extends KubeObject> =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: T }
  | { readonly type: 'BOOKMARK'; readonly resourceVersion: string };

/** The server refused for a reason a caller may care about. Everything else is a RetryableError or a TerminalError. */
export class KubeError extends Error {
  override readonly name = 'KubeError';
  readonly reason:
    | 'Conflict'
    | 'AlreadyExists'
    | 'Invalid'
    | 'Forbidden'
    | 'Unauthorized'
    | 'Expired'
    | 'NotFound'
    | 'TooLarge';

  constructor(reason: KubeError['reason'], message: string) {
    super(message);
    this.reason = reason;
  }
}

export interface ListOptions {
  /** All namespaces when absent. */
  readonly namespace?: string;
  readonly labelSelector?: string;
  /** Only `metadata` is transferred (PartialObjectMetadata): for kinds whose content is not ours to hold in memory. */
  readonly metadataOnly?: boolean;
}

/**
 * Calls fail with a RetryableError (no answer, 429, 5xx; `afterMs` from Retry-After), a KubeError, or a TerminalError.
 * Writes throw a RetryableError without sending anything when this process is not (or no longer surely) the leader.
 */
export interface KubeClient {
  /** undefined when there is none. */
  get<T extends KubeObject>(type: ResourceType, key: ObjectKey): Promise<T | undefined>;
  /** Every page. */
  list<T extends KubeObject>(
    type: ResourceType,
    options?: ListOptions,
  ): Promise<{ readonly items: readonly T[]; readonly resourceVersion: string }>;
  /** Ends when the server ends it; throws KubeError 'Expired' (410) when `resourceVersion` is too old. */
  watch<T extends KubeObject>(
    type: ResourceType,
    options: ListOptions & { readonly resourceVersion: string; readonly signal: AbortSignal },
  ): AsyncIterable<WatchEvent<T>>;
  /** Server-side apply with force, as FIELD_MANAGER. Creates the object when it is missing. */
  apply<T extends KubeObject>(
    type: ResourceType,
    object: KubeObject & Readonly<Record<string, unknown>>,
  ): Promise<T>;
  /** Server-side apply of the status subresource. No error when the object is gone. */
  applyStatus(type: ResourceType, object: KubeObject & { readonly status: unknown }): Promise<void>;
  /** Sets the finalizers if the object still is at `resourceVersion` (else KubeError 'Conflict'). No error when it is gone. */
  setFinalizers(
    type: ResourceType,
    key: ObjectKey,
    finalizers: readonly string[],
    precondition: { readonly uid: string; readonly resourceVersion: string },
  ): Promise<void>;
  /** Background deletion of exactly the object seen: preconditions uid and, if given, resourceVersion. Gone is fine. */
  delete(
    type: ResourceType,
    key: ObjectKey,
    precondition: { readonly uid: string; readonly resourceVersion?: string },
  ): Promise<void>;
  /** POST, for objects whose name the caller fixed and whose second creation must be refused (Leases), and for Events. */
  create<T extends KubeObject>(
    type: ResourceType,
    object: KubeObject & Readonly<Record<string, unknown>>,
  ): Promise<T>;
  /** PUT with the object's resourceVersion: an optimistic update (Leases). */
  replace<T extends KubeObject>(
    type: ResourceType,
    object: KubeObject & Readonly<Record<string, unknown>>,
  ): Promise<T>;
}
