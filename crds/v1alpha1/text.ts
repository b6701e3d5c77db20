import { z } from 'zod';
import { matchesCEL, withRules } from './rules.ts';

/**
 * A string of `min` to `max` characters, counted in code points as the API server does. zod's own `.max()` counts
 * UTF-16 units and would refuse emoji that the API server let through.
 */
export function text(min: number, max: number): z.ZodString {
  const schema = z.string().superRefine((value, context) => {
    // A code point is one or two units: most strings need no walk.
    const size = value.length <= max && value.length >= min * 2 ? value.length : codePoints(value);
    if (size < min)
      context.addIssue({
        code: 'custom',
        message: min === 1 ? 'must not be empty' : `must be at least ${min} characters long`,
      });
    if (size > max) context.addIssue({ code: 'custom', message: `must be at most ${max} characters long` });
  });
  return schema.meta({ ...(min > 0 ? { minLength: min } : {}), maxLength: max });
}

/** `text` that matches `pattern` from end to end. `message` says in words what the pattern says in symbols. */
export function textMatching(min: number, max: number, pattern: RegExp, message: string): z.ZodString {
  // A CEL rule, not the schema's `pattern`: of a pattern the API server says only "should match '^[a-z…'".
  return withRules(text(min, max), [
    { cel: matchesCEL('self', pattern), message, check: (value) => pattern.test(value) },
  ]);
}

function codePoints(value: string): number {
  let count = 0;
  for (const _ of value) count += 1;
  return count;
}
