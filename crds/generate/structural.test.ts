import { expect, test } from 'vitest';
import { z } from 'zod';
import { text, textMatching } from '../v1alpha1/text.ts';
import { toStructural, type JSONSchema } from './structural.ts';

const convert = (schema: z.ZodType) =>
  toStructural(z.toJSONSchema(schema, { target: 'openapi-3.0', io: 'input' }) as JSONSchema, 'spec');

test.each<[string, z.ZodType, unknown]>([
  ['safe-integer bounds are dropped', z.int(), { type: 'integer' }],
  ['other bounds stay', z.int().min(1).max(9), { type: 'integer', minimum: 1, maximum: 9 }],
  ['lengths', text(1, 5), { type: 'string', minLength: 1, maxLength: 5 }],
  ['enums', z.enum(['A', 'B']), { type: 'string', enum: ['A', 'B'] }],
  ['defaults', z.boolean().default(true), { type: 'boolean', default: true }],
  ['date-time without its pattern', z.iso.datetime(), { type: 'string', format: 'date-time' }],
  ['any JSON', z.unknown(), { 'x-kubernetes-preserve-unknown-fields': true }],
  [
    'any object',
    z.record(z.string(), z.unknown()),
    { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
  ],
  [
    'open object',
    z.looseObject({ a: z.boolean() }),
    {
      type: 'object',
      properties: { a: { type: 'boolean' } },
      required: ['a'],
      'x-kubernetes-preserve-unknown-fields': true,
    },
  ],
  ['map', z.record(z.string(), z.boolean()), { type: 'object', additionalProperties: { type: 'boolean' } }],
  [
    'list',
    z.array(z.boolean()).min(1).max(3),
    { type: 'array', items: { type: 'boolean' }, minItems: 1, maxItems: 3 },
  ],
  [
    'additionalProperties: false has no place beside properties',
    z.strictObject({ b: z.boolean(), a: z.boolean().optional() }),
    {
      type: 'object',
      properties: { b: { type: 'boolean' }, a: { type: 'boolean' } },
      required: ['b'],
    },
  ],
  [
    'rules',
    textMatching(1, 5, /^a+$/, 'must be a'),
    {
      type: 'string',
      minLength: 1,
      maxLength: 5,
      'x-kubernetes-validations': [{ rule: "self.matches(r'^a+$')", message: 'must be a' }],
    },
  ],
])('%s', (_what, schema, expected) => {
  expect(convert(schema)).toEqual(expected);
});

const shared = z.strictObject({ a: z.boolean() }).meta({ id: 'Shared' });

test.each<[string, z.ZodType, string]>([
  ['$ref', z.strictObject({ one: shared, two: shared }), 'definitions has no place'],
  ['recursion', z.json(), 'has no place in a structural schema'],
  ['tuple', z.strictObject({ pair: z.tuple([z.string(), z.number()]) }), 'spec.pair'],
  ['union', z.strictObject({ either: z.union([z.string(), z.number()]) }), 'spec.either: anyOf'],
  [
    'discriminated union',
    z.discriminatedUnion('kind', [z.object({ kind: z.literal('a') }), z.object({ kind: z.literal('b') })]),
    'oneOf',
  ],
  ['lookaround', z.strictObject({ host: z.hostname() }), 'spec.host'],
  ['format the API server does not check', z.strictObject({ id: z.ulid() }), 'format ulid'],
  ['pattern in a rule', textMatching(1, 5, /^\S+$/, 'no space'), String.raw`pattern ^\S+$ in a rule`],
  ['nullable', z.strictObject({ a: z.string().nullable() }), 'spec.a: nullable'],
  ['exclusive bounds', z.strictObject({ a: z.number().gt(0) }), 'spec.a: exclusiveMinimum'],
])('refuses %s, naming the place', (_what, schema, message) => {
  expect(() => convert(schema)).toThrow(message);
});

test.each([z.set(z.string()), z.date(), z.bigint()])('zod itself refuses what is no JSON (%#)', (schema) => {
  expect(() => convert(schema)).toThrow('cannot be represented in JSON Schema');
});

test('of a transform, the input is what people write', () => {
  expect(convert(z.string().transform(Number))).toEqual({ type: 'string' });
});
