export interface BackoffOptions {
  readonly baseMs: number;
  readonly maxMs: number;
  /** In [0, 1). */
  readonly random: () => number;
}

/** Delay before try number `failures` + 1 (from 1): doubles up to `maxMs`, and 25 % of it is left to chance. */
export function backoffMs(failures: number, options: BackoffOptions): number {
  // The exponent is bounded: 2 ** 1024 is Infinity, and Infinity * 0 is NaN.
  const full = Math.min(options.maxMs, options.baseMs * 2 ** Math.min(failures - 1, 40));
  return full * (0.75 + 0.25 * options.random());
}
