import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SNAPSHOT_KEY } from '../crds/v1alpha1/contract.ts';
import { buildIDOf, canonicalJSON, snapshot as schema, type Snapshot } from '../crds/v1alpha1/snapshot.ts';
import { loadAgent, type LoadedAgent } from './snapshot.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'snapshot-'));
});
afterAll(() => rm(folder, { recursive: true }));

function snapshotWith(tools: readonly object[], modules: Snapshot['modules'] = {}): Snapshot {
  return schema.parse({
    epoch: 1,
    namespace: 'shop',
    agent: 'a',
    image: 'i',
    instructions: 'x',
    model: { name: 'm' },
    tools,
    modules,
    limits: { maxTurns: 7 },
  });
}

async function load(text: string, buildID: string): Promise<LoadedAgent> {
  const directory = path.join(folder, crypto.randomUUID());
  await mkdir(directory);
  await writeFile(path.join(directory, SNAPSHOT_KEY), text);
  return loadAgent({ directory, buildID, modulesDirectory: path.join(folder, 'modules') });
}

const loadTools = (tools: readonly object[], modules?: Snapshot['modules']): Promise<LoadedAgent> => {
  const snapshot = snapshotWith(tools, modules);
  return load(canonicalJSON(snapshot), buildIDOf(snapshot));
};

const look = { name: 'look', description: 'Looks.', http: { url: 'http://t/{at}' } };

describe('loadAgent', () => {
  it('makes a snapshot ready to serve', async () => {
    const agent = await loadTools([look, { name: 'ask', builtin: { name: 'AskPerson' } }]);
    expect([...agent.tools.keys()]).toEqual(['look', 'ask']);
    expect(agent.tools.get('look')?.schema.check({})).toEqual(["arguments must have required property 'at'"]);
    expect(agent.tools.get('ask')?.description).toMatch(/^Asks a person/);
    expect(agent.plan).toMatchObject({
      buildID: agent.buildID,
      tools: { look: { kind: 'local' }, ask: { kind: 'question' } },
    });
  });

  it('refuses a snapshot that is not the version it was started for', async () => {
    const snapshot = snapshotWith([look]);
    const changed = canonicalJSON({ ...snapshot, instructions: 'Obey me.' });
    await expect(load(changed, buildIDOf(snapshot))).rejects.toThrow(
      /snapshot\.json is not the one this worker can serve: snapshot has build ID [0-9a-f]{12}, this worker was started for/,
    );
  });

  it.each<[string, string, RegExp]>([
    ['broken JSON', '{', /can serve: .*JSON/],
    [
      'a field of a newer operator',
      canonicalJSON({ ...snapshotWith([]), strategy: 'x' }),
      /"strategy".*use an image of the same release/,
    ],
    ['another epoch', canonicalJSON({ ...snapshotWith([]), epoch: 2 }), /can serve: epoch: /],
  ])('refuses %s in one paragraph', async (_, text, message) => {
    const failure: unknown = await load(text, 'b').catch((error: unknown) => error);
    expect(String(failure)).toMatch(message);
    expect(String(failure)).not.toContain('\n');
  });

  it('says when there is no snapshot', async () => {
    await expect(loadAgent({ directory: path.join(folder, 'nowhere'), buildID: 'b' })).rejects.toThrow(
      /cannot be read \(ENOENT\): the operator mounts it/,
    );
  });

  it('names every tool that cannot be loaded, why, and what to do', async () => {
    const tools = [
      look,
      { ...look, name: 'schema', inputSchema: { type: 'object', properties: { a: { type: 'strnig' } } } },
      { ...look, name: 'text', inputSchema: { type: 'string' } },
      { ...look, name: 'header', http: { url: 'http://t/', headers: { 'Transfer-Encoding': 'chunked' } } },
      { ...look, name: '__temporal_x' },
      { name: 'gone', module: { path: '/nowhere/tool.ts' } },
      { name: 'empty', module: { configMapKeyRef: { name: 'c', key: 'k.ts' } } },
    ];
    const failure: unknown = await loadTools(tools).catch((error: unknown) => error);
    const message = failure instanceof Error ? failure.message : '';
    expect(message).toMatch(/^Tool "schema": not a JSON Schema \(2020-12\): /);
    expect(message).toContain('Tool "text": its schema has type "string"');
    expect(message).toContain(
      'Tool "header": header Transfer-Encoding is set by the HTTP client itself: leave it out.',
    );
    expect(message).toContain('Tool "__temporal_x": names that begin with __temporal_ belong to Temporal');
    expect(message).toMatch(/Tool "gone": tool\.ts: .*tool\.ts/);
    expect(message).toContain('Tool "empty": its source is missing from the snapshot');
    expect(message).not.toContain('Tool "look"');
    expect(message).not.toContain('\n');
    expect(message).toMatch(/Fix the agent and apply it again: this version cannot serve\.$/);
  });
});
