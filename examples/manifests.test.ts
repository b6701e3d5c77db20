import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { parseAgentRun, parseDurableAgent } from '../crds/v1alpha1/parse.ts';
import { play } from './scripted-model/player.ts';

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly instructions?: string;
    readonly tools?: readonly { readonly name: string }[];
    readonly template?: {
      readonly spec: { readonly containers: readonly { readonly command: readonly string[] }[] };
    };
  };
}

const manifests = ['twenty-questions', 'scripted-model'].flatMap((folder) => {
  const path = join(import.meta.dirname, folder);
  const files = readdirSync(path).filter((file) => file.endsWith('.yaml'));
  return files.flatMap((file) =>
    parseAllDocuments(readFileSync(join(path, file), 'utf8')).map((document) => document.toJS() as Manifest),
  );
});

const parsers: Readonly<Record<string, (value: unknown) => unknown>> = {
  DurableAgent: parseDurableAgent,
  AgentRun: parseAgentRun,
};

it('has resources the API server takes', () => {
  const ours = manifests.filter(({ kind }) => kind in parsers);
  expect(ours.map(({ kind }) => kind).toSorted()).toEqual(['AgentRun', 'DurableAgent']);
  for (const manifest of ours) expect(parsers[manifest.kind]?.(manifest)).toMatchObject({ ok: true });
});

it('names no namespace, so that it can be applied to any', () => {
  for (const { metadata } of manifests) expect(metadata).not.toHaveProperty('namespace');
});

it('starts servers that exist', () => {
  const commands = manifests.flatMap(
    ({ spec }) => spec.template?.spec.containers.map(({ command }) => command) ?? [],
  );
  expect(commands).toHaveLength(2);
  for (const [program, file] of commands) {
    expect(program).toBe('node');
    expect(readFileSync(join(import.meta.dirname, '..', file ?? ''), 'utf8')).toContain('listen(');
  }
});

it('has instructions and a tool the scripted model understands', () => {
  const agent = manifests.find(({ kind }) => kind === 'DurableAgent');
  const tools = agent?.spec.tools?.map(({ name }) => ({ type: 'function', function: { name } })) ?? [];
  const messages = [{ role: 'system' as const, content: agent?.spec.instructions ?? '' }];
  expect(play({ model: 'scripted', messages, tools })).toHaveProperty('call.name', 'ask');
});
