import {
  KubeError,
  type KubeClient,
  type KubeObject,
  type ListOptions,
  type ObjectKey,
  type ResourceType,
} from '../kube/port.ts';
import { backoffMs } from './backoff.ts';
import { sleep, type Clock } from './clock.ts';
import { ObjectStore } from './object-store.ts';
import type { Store } from './reconciler.ts';

export interface InformerOptions<T extends KubeObject> {
  readonly kube: Pick<KubeClient, 'list' | 'watch'>;
  readonly type: ResourceType;
  readonly select?: ListOptions;
  /** What of an object is kept in memory. `metadata.managedFields`, often its largest part, is dropped before. */
  readonly project?: (object: T) => T;
  readonly clock: Clock;
  readonly random: () => number;
  /** A list or a watch failed; it is tried again after `retryInMs`. */
  readonly onTrouble: (error: unknown, retryInMs: number) => void;
}

/** `before` undefined: new. `after` undefined: gone. */
export type OnChange<T> = (key: ObjectKey, before: T | undefined, after: T | undefined) => void;

const BACKOFF = { baseMs: 100, maxMs: 5_000 };
/** A watch that held so long was healthy: whatever ended it, the next try starts without a delay. */
const HEALTHY_MS = 2_000;

/**
 * The known state of one kind: list, then watch until the stream ends, then from the start again, for whatever reason
 * it ended. A stream ends by itself every 5 to 10 minutes (kube/client.ts), so a lost event is at most that old, and
 * there is one way to recover for a closed socket, a cut line, an expired resource version (410) and a silent peer.
 */
export class Informer<T extends KubeObject> {
  readonly #options: InformerOptions<T>;
  readonly #store = new ObjectStore<T>();
  readonly #handlers: OnChange<T>[] = [];
  readonly #synced = Promise.withResolvers<void>();
  #hasSynced = false;
  #activeAt: number;

  constructor(options: InformerOptions<T>) {
    this.#options = options;
    this.#activeAt = options.clock.monotonic();
  }

  get type(): ResourceType {
    return this.#options.type;
  }

  get store(): Store<T> {
    return this.#store;
  }

  get size(): number {
    return this.#store.size;
  }

  get hasSynced(): boolean {
    return this.#hasSynced;
  }

  /** Settles with the first complete list. */
  get synced(): Promise<void> {
    return this.#synced.promise;
  }

  /** Since when nothing was heard and nothing tried. A server that is away keeps it small, a wedged loop does not. */
  idleMs(): number {
    return this.#options.clock.monotonic() - this.#activeAt;
  }

  onChange(handler: OnChange<T>): void {
    this.#handlers.push(handler);
  }

  /** Resolves when `signal` aborts; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, random, onTrouble } = this.#options;
    let failures = 0;
    while (!signal.aborted) {
      const began = clock.monotonic();
      let trouble: unknown;
      try {
        this.#activeAt = began;
        await this.#listAndWatch(signal);
      } catch (error) {
        trouble = error;
      }
      if (signal.aborted) return;
      // A stream that ends at once, even politely, is a failure too: without a delay it would be a storm of lists.
      failures = clock.monotonic() - began >= HEALTHY_MS ? 0 : failures + 1;
      // The first expired resource version is an everyday answer, and listing again is the remedy itself.
      const everyday = failures === 1 && trouble instanceof KubeError && trouble.reason === 'Expired';
      const delay = failures === 0 || everyday ? 0 : backoffMs(failures, { ...BACKOFF, random });
      if (trouble !== undefined) onTrouble(trouble, delay);
      await sleep(clock, delay, signal);
    }
  }

  async #listAndWatch(signal: AbortSignal): Promise<void> {
    const { kube, type, select, clock } = this.#options;
    const { items, resourceVersion } = await kube.list<T>(type, select);
    if (signal.aborted) return;
    this.#replaceAll(items);
    this.#hasSynced = true;
    this.#synced.resolve();
    for await (const event of kube.watch<T>(type, { ...select, resourceVersion, signal })) {
      this.#activeAt = clock.monotonic();
      if (event.type === 'BOOKMARK') continue;
      if (event.type === 'DELETED') this.#remove(keyOf(event.object));
      else this.#put(event.object);
    }
  }

  /** What the list no longer has was deleted while nobody watched: the event for it never comes, so it is made here. */
  #replaceAll(items: readonly T[]): void {
    const listed = new Set(items.map((item) => `${item.metadata.namespace}/${item.metadata.name}`));
    for (const known of this.#store.list()) {
      if (!listed.has(`${known.metadata.namespace}/${known.metadata.name}`)) this.#remove(keyOf(known));
    }
    for (const item of items) this.#put(item);
  }

  #put(object: T): void {
    const key = keyOf(object);
    const before = this.#store.get(key);
    if (before !== undefined && before.metadata.resourceVersion === object.metadata.resourceVersion) return;
    const trimmed = withoutManagedFields(object);
    const after = this.#options.project === undefined ? trimmed : this.#options.project(trimmed);
    this.#store.set(after);
    this.#tell(key, before, after);
  }

  #remove(key: ObjectKey): void {
    const before = this.#store.get(key);
    if (before === undefined) return;
    this.#store.delete(key);
    this.#tell(key, before, undefined);
  }

  #tell(key: ObjectKey, before: T | undefined, after: T | undefined): void {
    for (const handler of this.#handlers) handler(key, before, after);
  }
}

function keyOf(object: KubeObject): ObjectKey {
  return { namespace: object.metadata.namespace ?? '', name: object.metadata.name };
}

function withoutManagedFields<T extends KubeObject>(object: T): T {
  const { managedFields: _dropped, ...metadata } = object.metadata as T['metadata'] & {
    managedFields?: unknown;
  };
  return { ...object, metadata };
}
