/** Time as the engine sees it, so that tests can move it. */
export interface Clock {
  /** Milliseconds that never jump: leases and backoff must not believe a corrected wall clock. */
  readonly monotonic: () => number;
  /** What people and other machines call the time. */
  readonly wall: () => Date;
  /** Calls `fire` once after `milliseconds`; the result cancels it. */
  readonly after: (milliseconds: number, fire: () => void) => () => void;
}

/** Node's longest timer; anything longer fires at once (setTimeout, Node 24). */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  monotonic: () => performance.now(),
  wall: () => new Date(),
  after: (milliseconds, fire) => {
    const timer = setTimeout(fire, Math.min(milliseconds, LONGEST_TIMER_MS));
    return () => clearTimeout(timer);
  },
};

/** Resolves after `milliseconds`, or as soon as `signal` aborts. Never rejects: the caller looks at the signal. */
export function sleep(clock: Clock, milliseconds: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const end = (): void => {
      cancel();
      signal.removeEventListener('abort', end);
      resolve();
    };
    const cancel = clock.after(milliseconds, end);
    signal.addEventListener('abort', end, { once: true });
  });
}
