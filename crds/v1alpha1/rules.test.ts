import { expect, test } from 'vitest';
import { z } from 'zod';
import { exactlyOneOf, matchesCEL, patternText, withRules } from './rules.ts';

const pair = z.strictObject({ a: z.string().optional(), b: z.string().optional() });

test.each([
  [{}, false],
  [{ a: '' }, true],
  [{ b: 'x' }, true],
  [{ a: 'x', b: 'x' }, false],
])('exactlyOneOf: %j -> %s', (value, expected) => {
  expect(withRules(pair, [exactlyOneOf(['a', 'b'])]).safeParse(value).success).toBe(expected);
});

test('a rule blames its field and is in the metadata, after the rules that were there', () => {
  const first = withRules(pair, [{ cel: 'true', message: 'first' }]);
  const both = withRules(first, [
    { cel: 'has(self.a)', message: 'a is needed', fieldPath: '.a', check: (self) => self.a !== undefined },
  ]);
  expect(both.meta()?.['x-kubernetes-validations']).toEqual([
    { rule: 'true', message: 'first' },
    { rule: 'has(self.a)', message: 'a is needed', fieldPath: '.a' },
  ]);
  expect(both.safeParse({}).error?.issues).toMatchObject([{ path: ['a'], message: 'a is needed' }]);
});

test('rules stay when a description is added or the field becomes optional', () => {
  const described = withRules(pair, [{ cel: 'true', message: 'm' }]).meta({ description: 'd' });
  const json = z.toJSONSchema(z.strictObject({ field: described.optional() }), { target: 'openapi-3.0' });
  expect(json.properties?.['field']).toMatchObject({
    description: 'd',
    'x-kubernetes-validations': [{ message: 'm' }],
  });
});

test('patterns go into CEL as raw strings, and only when both engines and the quotes allow it', () => {
  expect(matchesCEL('self', /^a\/[0-9]+$/)).toBe("self.matches(r'^a/[0-9]+$')");
  expect(() => patternText(/^a$/i)).toThrow('flags');
  expect(() => patternText(/^'$/)).toThrow('quote');
});
