import { z } from 'zod';
import { matchesCEL, withRules } from './rules.ts';

export interface MapOptions {
  readonly maxEntries: number;
  /** What every key matches. */
  readonly key: RegExp;
  readonly maxKeyLength: number;
  readonly message: string;
}

/** A map with checked keys. OpenAPI has no schema for keys, so they are a CEL rule, which needs the bound on entries. */
export function mapOf(value: z.ZodString, options: MapOptions): z.ZodRecord<z.ZodString, z.ZodString> {
  const map = z.record(z.string(), value).superRefine((self, context) => {
    if (Object.keys(self).length <= options.maxEntries) return;
    context.addIssue({ code: 'custom', message: `must have at most ${options.maxEntries} entries` });
  });
  return withRules(map.meta({ maxProperties: options.maxEntries }), [
    {
      cel: `self.all(key, key.size() <= ${options.maxKeyLength} && ${matchesCEL('key', options.key)})`,
      message: options.message,
      check: (self) =>
        Object.keys(self).every((key) => key.length <= options.maxKeyLength && options.key.test(key)),
    },
  ]);
}
