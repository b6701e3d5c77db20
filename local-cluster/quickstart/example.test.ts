import { describe, expect, it } from 'vitest';
import { parseDurableAgent } from '../../crds/v1alpha1/parse.ts';
import { chooseModel, exampleManifests, type ModelChoice } from './example.ts';

const choices: readonly ModelChoice[] = [
  { kind: 'scripted' },
  { kind: 'openai', name: 'gpt-5-mini', apiKey: 'sk-secret' },
];

describe.each(choices)('with the model: $kind', (model) => {
  const manifests = exampleManifests('local/worker:1', model);

  it('has an agent the API server takes', () => {
    const agents = manifests.filter((manifest) => (manifest as { kind: string }).kind === 'DurableAgent');
    expect(agents.map((agent) => parseDurableAgent(agent))).toMatchObject([{ ok: true }]);
  });

  it('runs every server from the worker image, and holds no key', () => {
    const text = JSON.stringify(manifests);
    const images = [...text.matchAll(/"image":"([^"]+)"/g)].map((match) => match[1]);
    expect(new Set(images)).toEqual(new Set(['local/worker:1']));
    expect(images).toHaveLength(model.kind === 'scripted' ? 2 : 1);
    expect(text).not.toContain('sk-secret');
  });
});

it('plays with a real model only when there is a key', () => {
  expect(chooseModel({ OPENAI_API_KEY: '' })).toEqual({ kind: 'scripted' });
  expect(chooseModel({ OPENAI_API_KEY: 'k', OPENAI_MODEL: 'm' })).toEqual({
    kind: 'openai',
    name: 'm',
    apiKey: 'k',
  });
});
