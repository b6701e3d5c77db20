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

test.each(KINDS)('$kind: any field a rule iterates over or matches is bounded', (definition) => {
  const walk = (schema: StructuralSchema, path: string): void => {
    if (schema.type === 'array') expect(schema.maxItems, path).toBeDefined();
    if (schema.additionalProperties !== undefined) expect(schema.maxProperties, path).toBeDefined();
    if (schema.type === 'string' && schema.enum === undefined) expect(schema.maxLength, path).toBeDefined();
    for (const [name, property] of Object.entries(schema.properties ?? {})) walk(property, `${path}.${name}`);
    if (schema.items !== undefined) walk(schema.items, `${path}[]`);
  };
  const spec = schemaOf(definition).properties?.['spec'];
  walk(spec ?? {}, 'spec');
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
