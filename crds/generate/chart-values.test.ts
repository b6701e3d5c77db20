import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { chartValues } from './chart-values.ts';

const values = parse(
  readFileSync(new URL('../../charts/durable-agents/values.yaml', import.meta.url), 'utf8'),
) as Readonly<Record<string, unknown>>;

/** `operator.image.tag` and so on: every value that is not a group of others. */
function leaves(schema: z.core.JSONSchema.JSONSchema, path: string): readonly string[] {
  const properties = Object.entries(schema.properties ?? {});
  if (properties.length === 0) return [path];
  return properties.flatMap(([name, property]) =>
    typeof property === 'boolean' ? [] : leaves(property, path === '' ? name : `${path}.${name}`),
  );
}

const has = (path: string) =>
  path
    .split('.')
    .reduce<unknown>((at, name) => (at as Record<string, unknown> | undefined)?.[name], values) !== undefined;

test('the defaults of the chart are valid, and there is one for every value', () => {
  expect(chartValues.safeParse(values)).toMatchObject({ success: true });
  const missing = leaves(z.toJSONSchema(chartValues, { io: 'input' }), '').filter((path) => !has(path));
  // Helm makes `global` itself.
  expect(missing).toEqual(['global']);
});

test('a misspelt value is refused', () => {
  expect(chartValues.safeParse({ operator: { replica: 2 } }).success).toBe(false);
  expect(chartValues.safeParse({ temporal: { adress: 'a:1' } }).success).toBe(false);
});
