import type { Clock } from './clock.ts';

/** A clock for tests: time passes when told to, timers fire in order of their time. */
export class ManualClock implements Clock {
  #now = 0;
  #timers: { readonly at: number; readonly fire: () => void }[] = [];

  readonly monotonic = (): number => this.#now;
  readonly wall = (): Date => new Date(Date.UTC(2026, 0, 1) + this.#now);
  readonly after = (milliseconds: number, fire: () => void): (() => void) => {
    const timer = { at: this.#now + Math.max(0, milliseconds), fire };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((entry) => entry !== timer);
    };
  };

  get pending(): number {
    return this.#timers.length;
  }

  /** Moves time, stopping at every timer that is due, and lets promises settle after each. */
  async advance(milliseconds: number): Promise<void> {
    const end = this.#now + milliseconds;
    await settle();
    for (;;) {
      const next = this.#timers.filter(({ at }) => at <= end).toSorted((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      this.#now = Math.max(this.#now, next.at);
      this.#timers = this.#timers.filter((entry) => entry !== next);
      next.fire();
      await settle();
    }
    this.#now = end;
    await settle();
  }

  /** Time passes without a timer having a chance: what a process stopped by SIGSTOP sees when it wakes up. */
  freeze(milliseconds: number): void {
    this.#now += milliseconds;
  }
}

/** Lets everything that is ready happen: enough turns of the event loop for any chain of promises in these tests. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 4; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
