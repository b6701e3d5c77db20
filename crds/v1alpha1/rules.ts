import type { z } from 'zod';

/**
 * A cross-field rule stated once for both readers: `cel` goes into the CRD (`x-kubernetes-validations`, checked by the
 * API server at `kubectl apply`), `check` runs in the TypeScript parser. The corpus test holds the two together.
 */
export interface Rule<T> {
  /** CEL expression over `self`, Kubernetes dialect: https://kubernetes.io/docs/reference/using-api/cel/ */
  readonly cel: string;
  /** What is wrong and what to do, for the person who applied the manifest. */
  readonly message: string;
  /** Path of the field to blame, relative to the object that carries the rule, for instance `.temporal.taskQueue`. */
  readonly fieldPath?: string;
  /** The same verdict in TypeScript. Left out only for transition rules (`oldSelf`): a parser sees one version. */
  readonly check?: (self: T) => boolean;
}

/** Attaches `rules` to `schema`: as CEL in its metadata and as refinements. Rules the schema has already are kept. */
export function withRules<S extends z.ZodType>(schema: S, rules: readonly Rule<z.output<S>>[]): S {
  const existing = (schema.meta()?.['x-kubernetes-validations'] ?? []) as readonly unknown[];
  const refined = schema.superRefine((self, context) => {
    for (const rule of rules) {
      if (rule.check === undefined || rule.check(self as z.output<S>)) continue;
      const path = rule.fieldPath?.split('.').filter((segment) => segment !== '') ?? [];
      context.addIssue({ code: 'custom', message: rule.message, path });
    }
  });
  return refined.meta({
    ...schema.meta(),
    'x-kubernetes-validations': [
      ...existing,
      ...rules.map(({ cel, message, fieldPath }) => ({
        rule: cel,
        message,
        ...(fieldPath === undefined ? {} : { fieldPath }),
      })),
    ],
  }) as S;
}

/** Rule: exactly one of `fields` is set. The union shape of the Kubernetes API conventions, without a discriminator. */
export function exactlyOneOf<T extends object>(fields: readonly (keyof T & string)[]): Rule<T> {
  return {
    cel: `[${fields.map((field) => `has(self.${field})`).join(', ')}].filter(x, x).size() == 1`,
    message: `exactly one of ${fields.join(', ')} must be set`,
    check: (self) => fields.filter((field) => self[field] !== undefined).length === 1,
  };
}

/**
 * CEL that is true when `operand` matches `pattern`. Kept to what RE2 (Go) and JavaScript read alike: the generator
 * refuses the rest (lookarounds, `\s`, flags…).
 */
export function matchesCEL(operand: string, pattern: RegExp): string {
  return `${operand}.matches(r'${patternText(pattern)}')`;
}

/** The pattern as both engines take it; JavaScript escapes a slash, RE2 has no need to. */
export function patternText(pattern: RegExp): string {
  if (pattern.flags !== '') throw new Error(`pattern ${String(pattern)} has flags: a CRD cannot hold them`);
  const text = pattern.source.replaceAll('\\/', '/');
  if (text.includes("'"))
    throw new Error(`pattern ${text} has a quote: it would end the CEL string it is put into`);
  return text;
}
