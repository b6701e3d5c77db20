import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import {
  AGENT_CONDITIONS,
  AGENT_REASONS,
  CONNECTION_CONDITIONS,
  CONNECTION_REASONS,
  RUN_CONDITIONS,
  RUN_REASONS,
} from '../v1alpha1/conditions.ts';
import { LABELS } from '../v1alpha1/contract.ts';
import { KINDS } from '../v1alpha1/kinds.ts';
import { documentedMembers } from './doc-comments.ts';
import { fieldsOf } from './fields.ts';
import { reference } from './reference.ts';

const read = (name: string) => readFileSync(new URL(`../v1alpha1/${name}.ts`, import.meta.url), 'utf8');
const conditions = read('conditions');

test.each(
  Object.entries({
    AGENT_CONDITIONS,
    AGENT_REASONS,
    RUN_CONDITIONS,
    RUN_REASONS,
    CONNECTION_CONDITIONS,
    CONNECTION_REASONS,
  }),
)('every member of %s is read, with a doc comment of its own', (constant, values) => {
  const members = documentedMembers(conditions, constant);
  expect(members.map(({ value }) => value)).toEqual(Object.values(values));
  for (const { value, doc } of members) expect(doc, value).not.toBe('');
});

test('documented members: a constant that is missing or cannot be read is an error', () => {
  expect(() => documentedMembers('', 'X')).toThrow('no constant X');
  expect(() => documentedMembers('export const X = [\n  1,\n] as const', 'X')).toThrow('cannot read 1,');
});

test('the reference names every label, every kind and the rules of fields', () => {
  const text = reference(KINDS, { conditions, contract: read('contract') });
  for (const label of Object.values(LABELS)) expect(text).toContain(`\`${label}\``);
  for (const { kind } of KINDS) expect(text).toContain(`## ${kind}`);
  expect(text).toContain('Must be a duration such as 500ms');
  expect(text).not.toContain('${');
});

test('a field: type, bounds, default and rules in words', () => {
  const fields = fieldsOf(
    {
      properties: {
        names: {
          type: 'array',
          maxItems: 3,
          description: 'Names.',
          items: { type: 'string', minLength: 1, maxLength: 5 },
        },
        mode: { type: 'string', enum: ['A', 'B'], default: 'A', description: 'Mode.' },
      },
      required: ['names'],
    },
    'spec',
  );
  expect(fields).toEqual([
    {
      path: 'spec.names',
      required: true,
      type: 'list of string',
      text: 'Names. At most 3 entries. Each: 1 to 5 characters.',
    },
    { path: 'spec.mode', required: false, type: '`A` or `B`', text: 'Mode. Default: `"A"`.' },
  ]);
});
