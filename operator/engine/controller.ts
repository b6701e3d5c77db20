import { RetryableError, TerminalError } from '../errors.ts';
import { KubeError, type KubeObject, type ObjectKey } from '../kube/port.ts';
import type { Clock } from './clock.ts';
import type { OnChange } from './informer.ts';
import type { Reconcile, Store } from './reconciler.ts';
import { WorkQueue, type QueueObserver } from './work-queue.ts';

/** Objects whose changes concern a controller, and whom they concern. */
export interface Source<T extends KubeObject> {
  readonly informer: { readonly store: Store<T>; readonly onChange: (handler: OnChange<T>) => void };
  /** Keys of the objects to look at when `object` appeared, changed or vanished. */
  readonly keysFor: (object: T) => readonly ObjectKey[];
}

/** A source whose type of object does not matter any more. */
export type AnySource = (enqueue: (key: ObjectKey) => void) => void;

/** Enqueues what is there, then what changes: before and after both count, a reference may have moved from one to another. */
export function sourceOf<T extends KubeObject>({ informer, keysFor }: Source<T>): AnySource {
  return (enqueue) => {
    informer.onChange((_key, before, after) => {
      for (const object of [before, after]) if (object !== undefined) keysFor(object).forEach(enqueue);
    });
    for (const object of informer.store.list()) keysFor(object).forEach(enqueue);
  };
}

/** What one pass came to, in controller-runtime's words. */
export type PassResult = 'success' | 'requeue' | 'requeue_after' | 'error';

export interface ControllerObserver {
  readonly queue: QueueObserver;
  readonly activeWorkers: (workers: number) => void;
  readonly reconciled: (result: PassResult, seconds: number) => void;
  /** `expected`: one of the operator's own errors; anything else is a bug and deserves its stack. */
  readonly failed: (key: ObjectKey, error: unknown, kind: 'retry' | 'terminal' | 'bug') => void;
}

export interface ControllerOptions {
  readonly name: string;
  readonly sources: readonly AnySource[];
  readonly reconcile: Reconcile;
  readonly concurrency: number;
  readonly clock: Clock;
  readonly random: () => number;
  readonly observer: ControllerObserver;
}

/** Runs `reconcile` for every key its sources name, one key never twice at once, and decides what an outcome costs. */
export class Controller {
  readonly #options: ControllerOptions;
  readonly #queue: WorkQueue;
  #active = 0;

  constructor(options: ControllerOptions) {
    this.#options = options;
    const { clock, random, observer } = options;
    this.#queue = new WorkQueue({ clock, random, observer: observer.queue });
  }

  get name(): string {
    return this.#options.name;
  }

  enqueue(key: ObjectKey): void {
    this.#queue.add(`${key.namespace}/${key.name}`);
  }

  /** Asks for a pass within `milliseconds`, unless one comes earlier. */
  enqueueWithin(key: ObjectKey, milliseconds: number): void {
    this.#queue.addAfter(`${key.namespace}/${key.name}`, milliseconds);
  }

  /** Subscribes and works until `stop`; resolves when the last pass has ended. `signal` is handed to the passes. */
  async run(signal: AbortSignal): Promise<void> {
    for (const source of this.#options.sources) source((key) => this.enqueue(key));
    await Promise.all(Array.from({ length: this.#options.concurrency }, () => this.#work(signal)));
  }

  /** Takes no more keys. */
  stop(): void {
    this.#queue.stop();
  }

  async #work(signal: AbortSignal): Promise<void> {
    for (;;) {
      const key = await this.#queue.take();
      if (key === undefined) return;
      this.#options.observer.activeWorkers((this.#active += 1));
      try {
        await this.#pass(key, signal);
      } finally {
        this.#queue.done(key);
        this.#options.observer.activeWorkers((this.#active -= 1));
      }
    }
  }

  async #pass(text: string, signal: AbortSignal): Promise<void> {
    const { clock, observer, reconcile } = this.#options;
    const slash = text.indexOf('/');
    const key = { namespace: text.slice(0, slash), name: text.slice(slash + 1) };
    const began = clock.monotonic();
    const report = (result: PassResult): void =>
      observer.reconciled(result, (clock.monotonic() - began) / 1_000);
    try {
      const outcome = await reconcile(key, { signal });
      this.#queue.forget(text);
      if (outcome.kind === 'requeueAfter') this.#queue.addAfter(text, outcome.milliseconds);
      report(outcome.kind === 'done' ? 'success' : 'requeue_after');
    } catch (error) {
      this.#fail(text, error, signal, (kind) => observer.failed(key, error, kind));
      report('error');
    }
  }

  #fail(
    text: string,
    error: unknown,
    signal: AbortSignal,
    tell: (kind: 'retry' | 'terminal' | 'bug') => void,
  ): void {
    if (error instanceof TerminalError) {
      this.#queue.forget(text);
      tell('terminal');
      return;
    }
    // Whoever stops the process broke this pass off; the next leader does it anew.
    if (signal.aborted) return;
    this.#queue.addRateLimited(text, error instanceof RetryableError ? (error.afterMs ?? 0) : 0);
    tell(error instanceof RetryableError || error instanceof KubeError ? 'retry' : 'bug');
  }
}
