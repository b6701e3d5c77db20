import { re2Problem } from './re2.ts';

/** A schema as `CustomResourceDefinition.spec.versions[].schema.openAPIV3Schema` has it. */
export interface StructuralSchema {
  type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean';
  description?: string;
  default?: unknown;
  enum?: readonly unknown[];
  format?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  minItems?: number;
  maxItems?: number;
  maxProperties?: number;
  pattern?: string;
  properties?: Readonly<Record<string, StructuralSchema>>;
  required?: readonly string[];
  items?: StructuralSchema;
  additionalProperties?: StructuralSchema;
  'x-kubernetes-preserve-unknown-fields'?: true;
  'x-kubernetes-list-type'?: 'map' | 'set' | 'atomic';
  'x-kubernetes-list-map-keys'?: readonly string[];
  'x-kubernetes-validations'?: readonly ValidationRule[];
}

export interface ValidationRule {
  readonly rule: string;
  readonly message: string;
  readonly fieldPath?: string;
}

export type JSONSchema = Readonly<Record<string, unknown>>;

/** Copied as they are: zod means by them what Kubernetes means. */
const KEPT = [
  'type',
  'description',
  'default',
  'enum',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'maxProperties',
  'x-kubernetes-list-type',
  'x-kubernetes-list-map-keys',
  'x-kubernetes-preserve-unknown-fields',
] as const;

/** Handled below, or without meaning for Kubernetes. */
const READ = [
  'properties',
  'required',
  'items',
  'additionalProperties',
  'minimum',
  'maximum',
  'pattern',
  'format',
  'x-kubernetes-validations',
];

/** The formats the API server checks that JavaScript code here uses; others would be accepted and ignored. */
const FORMATS: readonly unknown[] = ['date-time'];

/**
 * zod's JSON Schema (target openapi-3.0) -> Kubernetes structural schema
 * (https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema).
 * Throws an Error with the path for whatever Kubernetes cannot hold, so that nothing is dropped in silence.
 */
export function toStructural(schema: JSONSchema, path: string): StructuralSchema {
  const unknown = Object.keys(schema).find(
    (key) => !(KEPT as readonly string[]).includes(key) && !READ.includes(key),
  );
  if (unknown !== undefined) throw unsupported(path, `${unknown} has no place in a structural schema`);

  const result: Record<string, unknown> = {};
  for (const key of KEPT) if (schema[key] !== undefined) result[key] = schema[key];
  Object.assign(
    result,
    bounds(schema),
    stringRules(schema, path),
    objectParts(schema, path),
    arrayParts(schema, path),
  );
  const rules = validations(schema, path);
  if (rules.length > 0) result['x-kubernetes-validations'] = rules;
  if (result['type'] === undefined) {
    // Any JSON (z.unknown()). The API server would otherwise prune it to nothing.
    if (Object.keys(schema).some((key) => key !== 'description' && !key.startsWith('x-kubernetes-'))) {
      throw unsupported(path, 'a schema without a type');
    }
    result['x-kubernetes-preserve-unknown-fields'] = true;
  }
  return result;
}

function bounds(schema: JSONSchema): Partial<StructuralSchema> {
  const { minimum, maximum } = schema as { minimum?: number; maximum?: number };
  return {
    // z.int() brings JavaScript's safe integers along; they say nothing to a reader of the CRD.
    ...(minimum === undefined || minimum === Number.MIN_SAFE_INTEGER ? {} : { minimum }),
    ...(maximum === undefined || maximum === Number.MAX_SAFE_INTEGER ? {} : { maximum }),
  };
}

function stringRules(schema: JSONSchema, path: string): Partial<StructuralSchema> {
  const { pattern, format } = schema as { pattern?: string; format?: string };
  if (format !== undefined) {
    if (!FORMATS.includes(format))
      throw unsupported(path, `format ${format} is not checked by the API server`);
    // The format implies it, and zod's pattern for it is 300 characters long.
    return { format };
  }
  if (pattern === undefined) return {};
  const problem = re2Problem(pattern);
  if (problem !== undefined) throw unsupported(path, `pattern ${pattern}: ${problem}`);
  return { pattern };
}

function objectParts(schema: JSONSchema, path: string): Partial<StructuralSchema> {
  if (schema['type'] !== 'object') return {};
  const properties = schema['properties'] as Readonly<Record<string, JSONSchema>> | undefined;
  const additional = schema['additionalProperties'];
  const required = schema['required'] as readonly string[] | undefined;
  const open = isObject(additional);
  if (properties !== undefined) {
    if (open && Object.keys(additional).length > 0)
      throw unsupported(path, 'properties together with additionalProperties');
    return {
      properties: Object.fromEntries(
        Object.entries(properties).map(([name, property]) => [
          name,
          toStructural(property, `${path}.${name}`),
        ]),
      ),
      ...(required === undefined || required.length === 0 ? {} : { required: required.toSorted() }),
      ...(open ? { 'x-kubernetes-preserve-unknown-fields': true as const } : {}),
    };
  }
  if (open && Object.keys(additional).length > 0)
    return { additionalProperties: toStructural(additional, `${path}.*`) };
  // z.record(z.string(), z.unknown()): an object of any content.
  return open ? { 'x-kubernetes-preserve-unknown-fields': true } : {};
}

function arrayParts(schema: JSONSchema, path: string): Partial<StructuralSchema> {
  if (schema['type'] !== 'array') return {};
  if (!isObject(schema['items'])) throw unsupported(path, 'a tuple, or an array without items');
  return { items: toStructural(schema['items'], `${path}[]`) };
}

function validations(schema: JSONSchema, path: string): readonly ValidationRule[] {
  const rules = (schema['x-kubernetes-validations'] ?? []) as readonly ValidationRule[];
  for (const { rule } of rules) {
    for (const [, pattern] of rule.matchAll(/\.matches\(r?'([^']*)'\)/g)) {
      const problem = re2Problem(pattern ?? '');
      if (problem !== undefined) throw unsupported(path, `pattern ${pattern} in a rule: ${problem}`);
    }
  }
  return rules;
}

function isObject(value: unknown): value is JSONSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function unsupported(path: string, what: string): Error {
  return new Error(`${path}: ${what}`);
}
