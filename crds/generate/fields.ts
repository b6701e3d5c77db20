import type { StructuralSchema } from './structural.ts';

/** A row of the reference. */
export interface Field {
  /** `spec.tools[].http.url` */
  readonly path: string;
  readonly required: boolean;
  readonly type: string;
  /** Description, bounds, default and rules in sentences. */
  readonly text: string;
}

/** Every field below `schema`, depth first, in the order of the schema. */
export function fieldsOf(schema: StructuralSchema, path: string): readonly Field[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
    const fieldPath = `${path}.${name}`;
    const nested = property.items ?? property.additionalProperties;
    return [
      {
        path: fieldPath,
        required: (schema.required ?? []).includes(name),
        type: typeOf(property),
        text: describe(property),
      },
      ...fieldsOf(property, fieldPath),
      ...(nested === undefined ? [] : fieldsOf(nested, `${fieldPath}[]`)),
    ];
  });
}

function typeOf(schema: StructuralSchema): string {
  if (schema.items !== undefined) return `list of ${typeOf(schema.items)}`;
  if (schema.additionalProperties !== undefined) return `map of ${typeOf(schema.additionalProperties)}`;
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${String(value)}\``).join(' or ');
  return schema.format ?? schema.type ?? 'any JSON';
}

function describe(schema: StructuralSchema): string {
  const element = schema.items ?? schema.additionalProperties;
  return [
    schema.description,
    schema.default === undefined ? undefined : `Default: \`${JSON.stringify(schema.default)}\`.`,
    bounds(schema),
    rules(schema),
    // Fields of nested objects have rows of their own; what is said of an entry as a whole belongs here.
    element === undefined ? undefined : prefixed('Each: ', [bounds(element), rules(element)]),
  ]
    .filter((sentence) => sentence !== undefined && sentence !== '')
    .join(' ');
}

function bounds(schema: StructuralSchema): string | undefined {
  return (
    range('', schema.minimum, schema.maximum) ??
    range(' characters', schema.minLength, schema.maxLength) ??
    range(' entries', schema.minItems, schema.maxItems) ??
    range(' entries', undefined, schema.maxProperties)
  );
}

function range(unit: string, low: number | undefined, high: number | undefined): string | undefined {
  if (low === undefined && high === undefined) return undefined;
  if (high === undefined) return `At least ${low}${unit}.`;
  return low === undefined ? `At most ${high}${unit}.` : `${low} to ${high}${unit}.`;
}

function rules(schema: StructuralSchema): string | undefined {
  const messages = (schema['x-kubernetes-validations'] ?? []).map(({ message }) => sentence(message));
  return messages.length === 0 ? undefined : messages.join(' ');
}

function prefixed(prefix: string, sentences: readonly (string | undefined)[]): string | undefined {
  const text = sentences.filter((sentence) => sentence !== undefined).join(' ');
  return text === '' ? undefined : `${prefix}${text}`;
}

/** The name of a field at the beginning stays as it is written. */
function sentence(message: string): string {
  const text = /^[a-z]+[A-Z]/.test(message) ? message : message.charAt(0).toUpperCase() + message.slice(1);
  return text.endsWith('.') ? text : `${text}.`;
}
