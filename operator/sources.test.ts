import { expect, test } from 'vitest';
import { configMapsOf } from './sources.ts';

test('every ConfigMap a spec names, wherever it does, also when the spec is not valid', () => {
  const agent = {
    apiVersion: 'durableagents.dev/v1alpha1',
    kind: 'DurableAgent',
    metadata: { namespace: 'shop', name: 'helper' },
    spec: {
      instructionsFrom: { configMapKeyRef: { name: 'prompt', key: 'text' } },
      tools: [{ module: { configMapKeyRef: { name: 'tools', key: 'a.ts' } } }, { nonsense: true }],
      worker: { env: [{ name: 'A', valueFrom: { configMapKeyRef: { name: 'settings', key: 'a' } } }] },
      model: { apiKeySecretRef: { name: 'key', key: 'k' } },
    },
  };
  expect([...configMapsOf(agent)].toSorted()).toEqual(['prompt', 'settings', 'tools']);
  expect(configMapsOf({ ...agent, spec: null }).size).toBe(0);
});
