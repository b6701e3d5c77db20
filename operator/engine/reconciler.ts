import type { KubeObject, ObjectKey } from '../kube/port.ts';

/** Given to one pass: ends when the process stops or loses the lease. */
export interface Scope {
  readonly signal: AbortSignal;
}

export type Outcome =
  | { readonly kind: 'done' }
  | { readonly kind: 'requeueAfter'; readonly milliseconds: number };

/**
 * One pass over one object. Level-based: the key says which object, never what changed; an object that vanished is a
 * normal case. A RetryableError backs off (or waits `afterMs`), a TerminalError waits for the next change.
 */
export type Reconcile = (key: ObjectKey, scope: Scope) => Promise<Outcome>;

/** Read side of an informer: the last known state of one kind. */
export interface Store<T extends KubeObject> {
  get(key: ObjectKey): T | undefined;
  /** All objects, sorted by namespace and name. */
  list(namespace?: string): readonly T[];
}
