import { describe, expect, it } from 'vitest';
import { tool } from '../crds/v1alpha1/tool.ts';
import { parametersOf } from './tool-schema.ts';

const given = (rest: object) => tool.parse({ name: 't', description: 'd', ...rest });
const activity = { taskQueue: 'q', type: 'a' };

describe('parametersOf', () => {
  it('is what the spec says, without the dialect', () => {
    const inputSchema = {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      properties: { a: { type: 'string' } },
    };
    expect(parametersOf(given({ activity, inputSchema }), undefined)).toEqual({
      type: 'object',
      properties: { a: { type: 'string' } },
    });
  });

  it('is what the module says when the spec does not', () => {
    const declared = { type: 'object', properties: { b: {} } };
    const module = given({ module: { path: '/t.ts' } });
    expect(parametersOf(module, declared)).toEqual(declared);
  });

  it('is the placeholders of a URL', () => {
    expect(parametersOf(given({ http: { url: 'http://t/{a}/{b}/{a}' } }), undefined)).toEqual({
      type: 'object',
      properties: { a: { type: 'string', minLength: 1 }, b: { type: 'string', minLength: 1 } },
      required: ['a', 'b'],
    });
  });

  it('is the question of AskPerson', () => {
    expect(parametersOf(given({ builtin: { name: 'AskPerson' } }), undefined)).toMatchObject({
      required: ['question'],
    });
  });

  it('is anything for an activity without a schema', () => {
    expect(parametersOf(given({ activity }), undefined)).toEqual({ type: 'object', properties: {} });
  });

  it('is always an object', () => {
    expect(parametersOf(given({ activity, inputSchema: { properties: {} } }), undefined)).toMatchObject({
      type: 'object',
    });
    expect(() => parametersOf(given({ activity, inputSchema: { type: 'string' } }), undefined)).toThrow(
      'its schema has type "string", but arguments are always an object: use type "object"',
    );
  });
});
