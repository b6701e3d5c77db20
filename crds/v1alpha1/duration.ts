import type { z } from 'zod';
import { matchesCEL, withRules } from './rules.ts';
import { textMatching } from './text.ts';

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

// Each unit once, largest first, at most six digits: the sum stays under Go's limit of 292 years, beyond which
// CEL's duration() fails instead of answering.
const PATTERN = /^([0-9]{1,6}h)?([0-9]{1,6}m)?([0-9]{1,6}s)?([0-9]{1,6}ms)?$/;

/**
 * A length of time as a Go duration string, as Kubernetes fields have it: `500ms`, `30s`, `1h30m`.
 * Days are not a unit (Go has none): write `72h`.
 */
export const duration = textMatching(2, 32, PATTERN, 'must be a duration such as 500ms, 30s, 5m or 1h30m');

/** A duration of at least `minimum` and, when given, at most `maximum`. */
export function durationBetween(minimum: string, maximum?: string): z.ZodString {
  const low = milliseconds(minimum);
  const high = maximum === undefined ? Infinity : milliseconds(maximum);
  const bounds = [`duration(self) >= duration('${minimum}')`];
  if (maximum !== undefined) bounds.push(`duration(self) <= duration('${maximum}')`);
  return withRules(duration, [
    {
      cel: `!${isDurationCEL('self')} || (${bounds.join(' && ')})`,
      message:
        maximum === undefined ? `must be at least ${minimum}` : `must be between ${minimum} and ${maximum}`,
      check: (value) => !PATTERN.test(value) || (milliseconds(value) >= low && milliseconds(value) <= high),
    },
  ]);
}

/** CEL guard for rules that compare durations: a malformed one has its own message and must not add another. */
export function isDurationCEL(operand: string): string {
  return matchesCEL(operand, PATTERN);
}

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
