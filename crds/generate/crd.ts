import { z } from 'zod';
import { CATEGORY, GROUP, VERSION } from '../v1alpha1/group.ts';
import type { KindDefinition } from '../v1alpha1/kinds.ts';
import { toStructural, type JSONSchema, type StructuralSchema } from './structural.ts';

/** The CustomResourceDefinition of a kind. Same input, same bytes. */
export function crdOf(definition: KindDefinition): Readonly<Record<string, unknown>> {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${definition.plural}.${GROUP}` },
    spec: {
      group: GROUP,
      names: {
        kind: definition.kind,
        listKind: `${definition.kind}List`,
        plural: definition.plural,
        singular: definition.singular,
        shortNames: definition.shortNames,
        categories: [CATEGORY],
      },
      scope: 'Namespaced',
      versions: [
        {
          name: VERSION,
          served: true,
          storage: true,
          additionalPrinterColumns: definition.columns,
          schema: { openAPIV3Schema: schemaOf(definition) },
          subresources: {
            status: {},
            ...(definition.scale === true
              ? {
                  scale: {
                    specReplicasPath: '.spec.worker.replicas',
                    statusReplicasPath: '.status.replicas',
                    labelSelectorPath: '.status.selector',
                  },
                }
              : {}),
          },
        },
      ],
    },
  };
}

/** Structural schema of a whole resource: envelope, spec and status. Throws when a field of the spec has no description. */
export function schemaOf(definition: KindDefinition): StructuralSchema {
  const json = z.toJSONSchema(definition.schema, { target: 'openapi-3.0', io: 'input' }) as JSONSchema;
  const { spec, status } = json['properties'] as Readonly<Record<string, JSONSchema>>;
  if (spec === undefined || status === undefined)
    throw new Error(`${definition.kind} has no spec or no status`);
  const rules = json['x-kubernetes-validations'] as StructuralSchema['x-kubernetes-validations'];
  const specSchema = { description: `What is wanted.`, ...toStructural(spec, 'spec') };
  requireDescriptions(specSchema, 'spec');
  return {
    type: 'object',
    description: definition.description,
    properties: {
      apiVersion: { type: 'string', description: `${GROUP}/${VERSION}` },
      kind: { type: 'string', description: definition.kind },
      // The API server checks metadata by itself; a CRD may say no more of it than its name, which rules refer to.
      metadata: {
        type: 'object',
        ...(rules === undefined ? {} : { properties: { name: { type: 'string' } } }),
      },
      spec: specSchema,
      status: {
        description: 'What is, as the operator last saw it.',
        ...statusSchema(toStructural(status, 'status')),
      },
    },
    required: ['spec'],
    ...(rules === undefined ? {} : { 'x-kubernetes-validations': rules }),
  };
}

/**
 * A status is written by the operator alone. Types and list keys stay (`kubectl explain`, server-side apply); bounds and
 * enums go: a status that the API server refuses would leave the reader with none, and a newer operator may meet an older CRD.
 */
function statusSchema(schema: StructuralSchema): StructuralSchema {
  const { type, description, format, properties, required, items, additionalProperties } = schema;
  return {
    ...(type === undefined ? {} : { type }),
    ...(description === undefined ? {} : { description }),
    ...(format === undefined ? {} : { format }),
    ...(properties === undefined
      ? {}
      : {
          properties: Object.fromEntries(
            Object.entries(properties).map(([name, entry]) => [name, statusSchema(entry)]),
          ),
        }),
    ...(required === undefined ? {} : { required }),
    ...(items === undefined ? {} : { items: statusSchema(items) }),
    ...(additionalProperties === undefined
      ? {}
      : { additionalProperties: statusSchema(additionalProperties) }),
    ...Object.fromEntries(
      Object.entries(schema).filter(
        ([key]) => key.startsWith('x-kubernetes-') && !key.endsWith('validations'),
      ),
    ),
  };
}

function requireDescriptions(schema: StructuralSchema, path: string): void {
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    if (property.description === undefined) {
      throw new Error(
        `${path}.${name} has no description: kubectl explain and docs/reference.md would be empty`,
      );
    }
    requireDescriptions(property, `${path}.${name}`);
  }
  if (schema.items !== undefined) requireDescriptions(schema.items, `${path}[]`);
}
