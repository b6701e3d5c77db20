import { describe, expect, it } from 'vitest';
import { compileSchema } from '../../crds/json-schema.ts';
import { modelCallResult } from './chat-response.ts';

const schema = compileSchema({
  type: 'object',
  properties: { at: { type: 'string' }, deep: { type: 'boolean' } },
  required: ['at'],
  additionalProperties: false,
});
const tools = new Map([
  ['look', { schema }],
  ['ping', { schema: compileSchema({ type: 'object' }) }],
]);

const reply = (message: object, rest: object = {}): object => ({
  choices: [{ message, finish_reason: 'stop', ...rest }],
  usage: { prompt_tokens: 5, completion_tokens: 2 },
});
const calls = (...functions: [name: string, text: unknown][]): object => ({
  content: null,
  tool_calls: functions.map(([name, text], index) => ({
    id: `id${index}`,
    type: 'function',
    function: { name, arguments: text },
  })),
});

describe('text', () => {
  it.each<[string, object, string | null]>([
    ['a text', { content: 'hi' }, 'hi'],
    [
      'parts',
      {
        content: [
          { type: 'text', text: 'a' },
          { type: 'text', text: 'b' },
        ],
      },
      'ab',
    ],
    ['a refusal', { content: null, refusal: 'I will not' }, 'I will not'],
  ])('is %s', (_, message, content) => {
    expect(modelCallResult(reply(message), tools)).toEqual({
      message: { role: 'assistant', content, toolCalls: [] },
      usage: { inputTokens: 5, outputTokens: 2 },
      finishReason: 'stop',
    });
  });

  it.each(['length', 'content_filter'])('may be missing when the finish reason is %s', (finish_reason) => {
    const result = modelCallResult(reply({ content: null }, { finish_reason }), tools);
    expect(result).toMatchObject({ message: { content: null, toolCalls: [] }, finishReason: finish_reason });
  });

  it('costs nothing when the endpoint does not count', () => {
    const body = { choices: [{ message: { content: 'hi' } }] };
    expect(modelCallResult(body, tools)).toMatchObject({
      usage: { inputTokens: 0, outputTokens: 0 },
      finishReason: 'unknown',
    });
    expect(
      modelCallResult({ ...body, usage: { prompt_tokens: 'x', completion_tokens: 3 } }, tools),
    ).toMatchObject({
      usage: { inputTokens: 0, outputTokens: 3 },
    });
  });
});

describe('tool calls', () => {
  const only = (message: object, rest?: object) =>
    modelCallResult(reply(message, rest), tools).message.toolCalls[0];

  it.each<[string, unknown, object]>([
    ['look', '{"at":"x"}', { at: 'x' }],
    ['look', { at: 'x' }, { at: 'x' }],
    ['ping', '', {}],
    ['ping', null, {}],
    ['ping', undefined, {}],
  ])('of %s with %j are parsed', (name, text, values) => {
    expect(only(calls([name, text]))).toEqual({ id: 'id0', name, arguments: values });
  });

  it.each<[string, string, RegExp]>([
    ['nope', '{}', /no tool called "nope"\. The tools are: look, ping\.$/],
    ['look', '{"at":', /arguments of look are not valid JSON/],
    ['look', '{}', /must have required property 'at'/],
    ['look', '{"at":1,"deep":"no"}', /at must be string; deep must be boolean/],
    ['look', '{"at":"x","extra":1}', /additional properties: extra/],
    ['look', '[]', /arguments must be object/],
    ['constructor', '{}', /no tool called "constructor"/],
  ])('of %s with %s are rejected with the reason', (name, text, reason) => {
    const call = only(calls([name, text]));
    expect(call).toMatchObject({
      id: 'id0',
      name,
      rawArguments: text,
      rejected: expect.stringMatching(reason),
    });
  });

  it('say that the reply was cut off', () => {
    expect(only(calls(['look', '{"at":']), { finish_reason: 'length' })).toMatchObject({
      rejected: expect.stringContaining('cut off at the most output tokens'),
    });
  });

  it('have a name that the endpoint takes back', () => {
    expect(only(calls(['functions.look at!', '{}']))).toMatchObject({ name: 'functions_look_at_' });
    expect(only(calls(['', '{}']))).toMatchObject({ name: 'unknown' });
  });

  it('may lack an id: the workflow gives them one', () => {
    expect(only({ tool_calls: [{ function: { name: 'ping', arguments: '{}' } }] })).toEqual({
      id: '',
      name: 'ping',
      arguments: {},
    });
  });

  it('never make an observation without end', () => {
    const call = only(
      calls(['look', JSON.stringify(Object.fromEntries([...Array(2_000).keys()].map((k) => [k, 1])))]),
    );
    expect(call).toMatchObject({ rejected: expect.stringMatching(/\[cut: the first \d+ of \d+ bytes\]$/) });
  });
});

describe('no answer', () => {
  it.each<[unknown, RegExp]>([
    [undefined, /an empty body/],
    ['<html>', /check baseURL/],
    [{}, /no chat completion \(choices/],
    [{ choices: [] }, /no chat completion \(choices/],
    [{ choices: [{}] }, /choices\.0\.message/],
    [{ choices: [{ message: { content: 5 } }] }, /choices\.0\.message\.content/],
    [reply({ content: null }), /neither text nor a tool call/],
    [reply({ content: '' }), /neither text nor a tool call/],
    [reply({ content: null, tool_calls: [{}] }), /tool_calls\.0\.function/],
  ])('%j can be asked for again', (body, message) => {
    expect(() => modelCallResult(body, tools)).toThrow(
      expect.objectContaining({
        type: 'Model.InvalidResponse',
        nonRetryable: false,
        message: expect.stringMatching(message),
      }),
    );
  });

  it('is what Temporal could not keep', () => {
    expect(() => modelCallResult(reply({ content: 'x'.repeat(1_100_000) }), tools)).toThrow(
      expect.objectContaining({ type: 'Model.InvalidResponse', nonRetryable: true }),
    );
  });
});
