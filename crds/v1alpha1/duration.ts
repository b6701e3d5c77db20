import { z } from 'zod';

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/**
 * A length of time as a Go duration string, as Kubernetes fields have it: `500ms`, `30s`, `1h30m`.
 * Days are not a unit (Go has none): write `72h`.
 */
export const duration = z
  .string()
  .max(32)
  .regex(/^([0-9]+(ms|s|m|h))+$/, 'must be a duration such as 500ms, 30s, 5m or 1h30m');

/** Milliseconds of a duration string; `NaN` for a string that `duration` refuses, so that rules over it stay silent. */
export function milliseconds(value: string): number {
  let total = 0;
  let rest = value;
  while (rest !== '') {
    const match = /^([0-9]+)(ms|s|m|h)/.exec(rest);
    if (match === null) return Number.NaN;
    total += Number(match[1]) * (UNITS[match[2] ?? ''] ?? Number.NaN);
    rest = rest.slice(match[0].length);
  }
  return total;
}
