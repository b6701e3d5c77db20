import { z } from 'zod';

/**
 * Drops null properties as the API server does before it validates ("pruned before defaulting"), for manifests that never
 * went through it: `replicas: null` means the default. Nulls stay in lists, where the API server refuses them, and in
 * fields of any JSON.
 */
export function withoutNulls(schema: z.core.$ZodType, value: unknown): unknown {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault)
    return withoutNulls(schema.unwrap(), value);
  if (schema instanceof z.ZodArray && Array.isArray(value)) {
    return value.map((entry) => withoutNulls(schema.element, entry));
  }
  if (!isObject(value)) return value;
  if (schema instanceof z.ZodObject) {
    const shape = schema.shape as Readonly<Record<string, z.core.$ZodType | undefined>>;
    return mapped(value, (key) => (Object.hasOwn(shape, key) ? shape[key] : undefined));
  }
  if (schema instanceof z.ZodRecord && !(schema.valueType instanceof z.ZodUnknown)) {
    return mapped(value, () => schema.valueType);
  }
  return value;
}

function mapped(
  value: Readonly<Record<string, unknown>>,
  schemaOf: (key: string) => z.core.$ZodType | undefined,
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, entry]) => {
      const schema = schemaOf(key);
      if (schema === undefined || isAnyJSON(schema)) return [[key, entry]];
      return entry === null ? [] : [[key, withoutNulls(schema, entry)]];
    }),
  );
}

function isAnyJSON(schema: z.core.$ZodType): boolean {
  return schema instanceof z.ZodUnknown || (schema instanceof z.ZodOptional && isAnyJSON(schema.unwrap()));
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
