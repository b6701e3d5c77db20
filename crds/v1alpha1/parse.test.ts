import { expect, test } from 'vitest';
import { fieldPath, parseAgentRun, parseDurableAgent, parseTemporalConnection } from './parse.ts';

const envelope = (kind: string, spec: unknown) => ({
  apiVersion: 'durableagents.dev/v1alpha1',
  kind,
  metadata: { name: 'x' },
  spec,
});
const agent = (spec: object) =>
  envelope('DurableAgent', { instructions: 'Be brief.', model: { name: 'm' }, ...spec });

test('fills in defaults where their parent is, as the API server does', () => {
  const parsed = parseDurableAgent(
    agent({ worker: {}, limits: {}, tools: [{ name: 'a', description: 'd', http: { url: 'http://x' } }] }),
  );
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
  expect(parsed.value.spec).toMatchObject({
    worker: { imagePolicy: 'Pinned', replicas: 1, shutdownGracePeriod: '30s' },
    limits: { maxTurns: 50 },
    tools: [{ http: { method: 'GET' } }],
  });
  expect(parseDurableAgent(agent({}))).toMatchObject({ ok: true, value: { spec: { model: { name: 'm' } } } });
});

test('reads what the API server adds to metadata', () => {
  const live = {
    ...agent({}),
    metadata: { name: 'x', uid: 'u', managedFields: [], generation: 3 },
    status: { replicas: 1 },
  };
  expect(parseDurableAgent(live)).toMatchObject({ ok: true, value: { metadata: { generation: 3 } } });
});

test.each<[string, unknown, string, string]>([
  [
    'an unknown field is blamed itself',
    agent({ tools: [{ name: 'a', builtin: { name: 'AskPerson', x: 1 } }] }),
    'spec.tools[0].builtin.x',
    'unknown field',
  ],
  ['a missing field', envelope('DurableAgent', { instructions: 'x' }), 'spec.model', 'is required'],
  [
    'a wrong type',
    agent({ limits: { maxTurns: 'many' } }),
    'spec.limits.maxTurns',
    'must be a number, not a string',
  ],
  [
    'a fraction',
    agent({ limits: { maxTurns: 1.5 } }),
    'spec.limits.maxTurns',
    'must be an integer, not a number',
  ],
  ['a list for an object', agent({ worker: [] }), 'spec.worker', 'must be an object, not an array'],
  ['a bound', agent({ limits: { maxTurns: 0 } }), 'spec.limits.maxTurns', 'must be at least 1'],
  [
    'a choice',
    agent({ worker: { imagePolicy: 'x' } }),
    'spec.worker.imagePolicy',
    'must be one of Pinned, Follow',
  ],
  ['another kind', envelope('AgentRun', {}), 'kind', 'must be one of DurableAgent'],
  ['nothing', undefined, '', 'is required'],
  ['null', null, '', 'must be an object, not null'],
])('%s', (_what, value, path, message) => {
  const parsed = parseDurableAgent(value);
  expect(parsed.ok ? [] : parsed.issues).toContainEqual({ path, message });
});

test('input of a run is any JSON and stays as it is', () => {
  for (const input of ['text', 1, false, null, ['a', null], { a: null, b: { c: 1 } }]) {
    const parsed = parseAgentRun(envelope('AgentRun', { agentRef: { name: 'a' }, input, workflowID: null }));
    expect(parsed).toMatchObject({ ok: true, value: { spec: { input } } });
    expect(parsed.ok && 'workflowID' in parsed.value.spec).toBe(false);
  }
});

test('a key named __proto__ is an unknown field like any other', () => {
  const value = JSON.parse(
    '{"apiVersion":"durableagents.dev/v1alpha1","kind":"TemporalConnection","metadata":{"name":"x"},"spec":{"address":"a:1","__proto__":{"tls":{}}}}',
  ) as unknown;
  const parsed = parseTemporalConnection(value);
  expect(parsed.ok).toBe(false);
});

test('field paths read as kubectl prints them', () => {
  expect(fieldPath(['spec', 'tools', 0, 'name'])).toBe('spec.tools[0].name');
  expect(fieldPath([])).toBe('');
});
