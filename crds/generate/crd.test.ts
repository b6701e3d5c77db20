import { expect, test } from 'vitest';
import { z } from 'zod';
import { KINDS, type KindDefinition } from '../v1alpha1/kinds.ts';
import { crdOf, schemaOf } from './crd.ts';
import type { StructuralSchema } from './structural.ts';

function at(schema: StructuralSchema | undefined, path: string): StructuralSchema | undefined {
  return path
    .split('.')
    .reduce<StructuralSchema | undefined>(
      (found, name) => (found?.items ?? found)?.properties?.[name],
      schema,
    );
}

test.each(KINDS)('every path that $kind shows or scales by exists in its schema', (definition) => {
  const schema = schemaOf(definition);
  const paths = definition.columns.map(({ jsonPath }) => jsonPath.replace(/^\./, '').replace(/\[.*?\]/, ''));
  if (definition.scale === true) paths.push('spec.worker.replicas', 'status.replicas', 'status.selector');
  for (const path of paths.filter((entry) => !entry.startsWith('metadata.')))
    expect(at(schema, path), path).toBeDefined();
});

test.each(KINDS)('$kind: a status is not validated beyond its types', ({ ...definition }) => {
  const status = JSON.stringify(schemaOf(definition).properties?.['status']);
  for (const keyword of ['"maxLength"', '"minimum"', '"maxItems"', '"enum"', '"pattern"', 'validations']) {
    expect(status).not.toContain(keyword);
  }
});

/** Fields whose size nothing bounds: a CEL rule over one, or over a list around it, would cost too much. */
function unbounded(schema: StructuralSchema, path: string): readonly string[] {
  const bounded =
    (schema.type !== 'array' || schema.maxItems !== undefined) &&
    (schema.additionalProperties === undefined || schema.maxProperties !== undefined) &&
    (schema.type !== 'string' || schema.enum !== undefined || schema.maxLength !== undefined);
  const children = Object.entries(schema.properties ?? {}).flatMap(([name, property]) =>
    unbounded(property, `${path}.${name}`),
  );
  const entries = [schema.items, schema.additionalProperties].flatMap((entry) =>
    entry === undefined ? [] : unbounded(entry, `${path}[]`),
  );
  return [...(bounded ? [] : [path]), ...children, ...entries];
}

test.each(KINDS)('$kind: every string, list and map of the spec is bounded', (definition) => {
  expect(unbounded(schemaOf(definition).properties?.['spec'] ?? {}, 'spec')).toEqual([]);
});

test('a field of the spec without a description fails the generation', () => {
  const schema = z.strictObject({ spec: z.strictObject({ mute: z.boolean() }), status: z.strictObject({}) });
  const definition: KindDefinition = {
    kind: 'X',
    plural: 'xs',
    singular: 'x',
    shortNames: [],
    description: 'x',
    schema,
    columns: [],
  };
  expect(() => crdOf(definition)).toThrow('spec.mute has no description');
});
