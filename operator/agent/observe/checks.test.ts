import { describe, expect, it } from 'vitest';
import { specOf } from '../test-world.ts';
import { violationsOf, type Subject } from './checks.ts';

const http = (url: string, inputSchema?: Readonly<Record<string, unknown>>) => ({
  name: 'lookup',
  description: 'Looks something up.',
  http: { url },
  ...(inputSchema === undefined ? {} : { inputSchema }),
});
const module = (key: string) => ({ name: 'compute', module: { configMapKeyRef: { name: 'tools', key } } });

function subject(fields: Partial<Subject> = {}, spec: Readonly<Record<string, unknown>> = {}): Subject {
  return {
    namespace: 'shop',
    spec: specOf(spec),
    customTaskQueue: undefined,
    taskQueue: 'shop.assistant',
    queueHolder: undefined,
    instructions: undefined,
    snapshotText: '{}',
    ...fields,
  };
}

const withTool = (tool: unknown) => subject({}, { tools: [tool] });

const GOOD: readonly (readonly [string, Subject])[] = [
  ['a plain spec', subject()],
  ['a queue of the namespace', subject({ customTaskQueue: 'shop.other', taskQueue: 'shop.other' })],
  [
    'a schema with its placeholders',
    withTool(http('https://x/{id}', { type: 'object', properties: { id: {} } })),
  ],
  ['a URL without placeholders', withTool(http('https://x/items'))],
  ['a TypeScript module', withTool(module('a.ts'))],
  ['the longest instructions', subject({ instructions: 'x'.repeat(131_072) })],
  ['the largest version', subject({ snapshotText: 'x'.repeat(1_000_000) })],
];

const BAD: readonly (readonly [string, Subject, string, RegExp])[] = [
  ['a queue of another namespace', subject({ customTaskQueue: 'bank.a' }), 'TaskQueueNotAllowed', /"shop\."/],
  [
    'a namespace that only begins alike',
    subject({ customTaskQueue: 'shopping.a' }),
    'TaskQueueNotAllowed',
    /^spec\.temporal\.taskQueue/,
  ],
  [
    'a queue in use',
    subject({ queueHolder: 'shop/first' }),
    'TaskQueueConflict',
    /older DurableAgent shop\/first/,
  ],
  [
    'a schema of a string',
    withTool(http('https://x', { type: 'string' })),
    'InvalidSpec',
    /^spec\.tools\[0\]\.inputSchema\.type/,
  ],
  [
    'a schema that is none',
    withTool(http('https://x', { type: 'object', required: 'id' })),
    'InvalidSpec',
    /^spec\.tools\[0\]\.inputSchema: not a JSON Schema/,
  ],
  [
    'a placeholder that is no argument',
    withTool(http('https://x/{id}', { type: 'object', properties: { name: {} } })),
    'InvalidSpec',
    /^spec\.tools\[0\]\.http\.url: \{id\}/,
  ],
  [
    'a placeholder named like a member of every object',
    withTool(http('https://x/{toString}', { type: 'object', properties: {} })),
    'InvalidSpec',
    /\{toString\}/,
  ],
  ['a placeholder without a schema', withTool(http('https://x/{id}')), 'InvalidSpec', /\{id\}/],
  ['a module without an extension', withTool(module('compute')), 'InvalidSpec', /\.ts, \.mts, \.js, \.mjs/],
  ['empty instructions', subject({ instructions: '' }), 'InvalidSpec', /empty/],
  [
    'instructions too long in bytes',
    subject({ instructions: 'é'.repeat(65_537) }),
    'SpecTooLarge',
    /131074 bytes/,
  ],
  ['a version too large', subject({ snapshotText: 'x'.repeat(1_000_001) }), 'SpecTooLarge', /1000001 bytes/],
];

describe('violationsOf', () => {
  it.each(GOOD)('accepts %s', (_, good) => expect(violationsOf(good)).toEqual([]));

  it.each(BAD)('objects to %s', (_, bad, reason, message) => {
    const [first] = violationsOf(bad);
    expect(first?.reason).toBe(reason);
    expect(first?.message).toMatch(message);
  });
});
