import { backoffMs } from './backoff.ts';
import type { Clock } from './clock.ts';

/** Told about everything that happens to a queue, for metrics. */
export interface QueueObserver {
  readonly depth: (keys: number) => void;
  readonly added: () => void;
  readonly retried: () => void;
  /** How long a key was ready before a worker took it. */
  readonly waited: (seconds: number) => void;
}

export interface WorkQueueOptions {
  readonly clock: Clock;
  readonly random: () => number;
  readonly observer?: QueueObserver;
}

const BACKOFF = { baseMs: 5, maxMs: 60_000 };

/**
 * Deduplicating queue with the semantics of controller-runtime's: a key waits at most once; a key in work is not given
 * out again until `done`, and an `add` meanwhile makes it ready right after. A delayed key keeps its earliest time, and
 * needs none once it is ready: whoever works on it next decides anew.
 */
export class WorkQueue {
  readonly #options: WorkQueueOptions;
  readonly #ready: string[] = [];
  /** Keys that need work, with the time since when: those in `#ready`, and those in work that were added again. */
  readonly #dirty = new Map<string, number>();
  readonly #working = new Set<string>();
  readonly #delayed = new Map<string, { readonly at: number; readonly cancel: () => void }>();
  readonly #failures = new Map<string, number>();
  readonly #takers: ((key: string | undefined) => void)[] = [];
  #stopped = false;

  constructor(options: WorkQueueOptions) {
    this.#options = options;
  }

  add(key: string): void {
    if (this.#stopped) return;
    this.#delayed.get(key)?.cancel();
    this.#delayed.delete(key);
    if (this.#dirty.has(key)) return;
    this.#dirty.set(key, this.#options.clock.monotonic());
    this.#options.observer?.added();
    if (!this.#working.has(key)) this.#offer(key);
  }

  addAfter(key: string, milliseconds: number): void {
    if (this.#stopped || this.#dirty.has(key)) return;
    if (milliseconds <= 0) {
      this.add(key);
      return;
    }
    const at = this.#options.clock.monotonic() + milliseconds;
    const delayed = this.#delayed.get(key);
    if (delayed !== undefined && delayed.at <= at) return;
    delayed?.cancel();
    this.#delayed.set(key, { at, cancel: this.#options.clock.after(milliseconds, () => this.add(key)) });
  }

  /** After a failure: 5 ms, doubling to 60 s until `forget`, but at least `atLeastMs`. */
  addRateLimited(key: string, atLeastMs = 0): void {
    const failures = (this.#failures.get(key) ?? 0) + 1;
    this.#failures.set(key, failures);
    this.#options.observer?.retried();
    this.addAfter(
      key,
      Math.max(atLeastMs, backoffMs(failures, { ...BACKOFF, random: this.#options.random })),
    );
  }

  /** After a success: the next failure starts from the shortest delay. */
  forget(key: string): void {
    this.#failures.delete(key);
  }

  /** The next key, in work until `done`; undefined when the queue has stopped. */
  take(): Promise<string | undefined> {
    if (this.#stopped) return Promise.resolve(undefined);
    const key = this.#ready.shift();
    if (key !== undefined) return Promise.resolve(this.#begin(key));
    return new Promise((resolve) => this.#takers.push(resolve));
  }

  done(key: string): void {
    this.#working.delete(key);
    if (!this.#stopped && this.#dirty.has(key)) this.#offer(key);
  }

  /** Gives out no more keys and takes none. What is in work goes on. */
  stop(): void {
    this.#stopped = true;
    for (const { cancel } of this.#delayed.values()) cancel();
    this.#delayed.clear();
    for (const taker of this.#takers.splice(0)) taker(undefined);
  }

  #offer(key: string): void {
    const taker = this.#takers.shift();
    if (taker === undefined) {
      this.#ready.push(key);
      this.#options.observer?.depth(this.#ready.length);
    } else taker(this.#begin(key));
  }

  #begin(key: string): string {
    const since = this.#dirty.get(key) ?? this.#options.clock.monotonic();
    this.#dirty.delete(key);
    this.#working.add(key);
    this.#options.observer?.depth(this.#ready.length);
    this.#options.observer?.waited((this.#options.clock.monotonic() - since) / 1_000);
    return key;
  }
}
