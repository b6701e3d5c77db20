import { readFileSync } from 'node:fs';
import { NativeConnection, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { agentManifest, runManifest, worldTool } from '../support/manifests.ts';
import { Suite } from '../support/suite.ts';

let suite: Suite;

beforeAll(async () => {
  suite = await Suite.start('tools');
});
afterAll(() => suite?.stop());

test('a TypeScript module from a ConfigMap is a tool; its ToolError and bad arguments are told to the model', async () => {
  const { worldURL } = suite.cluster;
  await suite.kube.post(`/api/v1/namespaces/${suite.namespace}/configmaps`, {
    metadata: { name: 'modules' },
    data: { 'add.ts': readFileSync(new URL('../support/add-tool.ts', import.meta.url), 'utf8') },
  });
  await suite.script({
    id: 'module',
    turns: [
      {
        toolCalls: [
          { name: 'add', arguments: { a: 2, b: 40 } },
          { name: 'add', arguments: { a: 2, b: 'forty' } },
          { name: 'add', arguments: { a: 0, b: 0 } },
          { name: 'subtract', arguments: {} },
          { name: 'add', arguments: '{"a": 1,' },
        ],
      },
      { content: 'done $input' },
    ],
  });
  await suite.create(
    agentManifest({
      name: 'module',
      script: 'module',
      worldURL,
      tools: [{ name: 'add', module: { configMapKeyRef: { name: 'modules', key: 'add.ts' } } }],
    }),
  );
  await suite.agentReady('module');
  await suite.create(runManifest({ name: 'module', agent: 'module', input: 'sum' }));
  expect((await suite.runCompleted('module')).status?.output).toBe('done sum');

  const client = await suite.temporal();
  const run = await suite.kube.run(suite.namespace, 'module');
  const conversation: unknown = await client.workflow
    .getHandle(run?.status?.workflowID ?? '')
    .query('conversation', { from: 0, maxBytes: 100_000 });
  const observations = (conversation as { role: string; content: string }[]).filter(
    ({ role }) => role === 'tool',
  );
  expect(observations.map(({ content }) => content)).toEqual([
    expect.stringContaining('42'),
    expect.stringMatching(/b.*number/i),
    expect.stringContaining('nothing to add'),
    expect.stringMatching(/subtract.*add/s),
    expect.stringMatching(/JSON/),
  ]);
});

test('an activity of any other worker is a tool, with its own retries', async () => {
  const { worldURL } = suite.cluster;
  const connection = await NativeConnection.connect({ address: suite.cluster.temporalAddress });
  let attempts = 0;
  const worker = await Worker.create({
    connection,
    taskQueue: 'tools.dictionary',
    activities: {
      async lookUp({ word }: { word: string }) {
        attempts += 1;
        if (attempts < 3) throw new Error('not yet');
        return { meaning: word.toUpperCase() };
      },
    },
  });
  const running = worker.run();
  try {
    await suite.script({
      id: 'foreign',
      turns: [{ toolCalls: [{ name: 'look_up', arguments: { word: 'tree' } }] }, { content: 'done $input' }],
    });
    const tool = {
      name: 'look_up',
      description: 'Looks a word up.',
      effect: 'ReadOnly',
      activity: { taskQueue: 'tools.dictionary', type: 'lookUp' },
      retryPolicy: { maximumAttempts: 5, initialInterval: '100ms' },
    };
    await suite.create(agentManifest({ name: 'foreign', script: 'foreign', worldURL, tools: [tool] }));
    await suite.agentReady('foreign');
    await suite.create(runManifest({ name: 'foreign', agent: 'foreign', input: 'word' }));
    expect((await suite.runCompleted('foreign')).status?.output).toBe('done word');
    expect(attempts).toBe(3);
  } finally {
    worker.shutdown();
    await running;
    await connection.close();
  }
});

test('a tool that is out of attempts is an observation; with FailRun it ends the run; Once runs once', async () => {
  const { worldURL } = suite.cluster;
  await suite.script({
    id: 'failing',
    turns: [{ toolCalls: [{ name: 'work', arguments: { input: '$input' } }] }, { content: 'done $input' }],
  });
  const retryPolicy = { maximumAttempts: 3, initialInterval: '50ms' };
  const work = (more: object) => worldTool({ name: 'work', script: 'failing', worldURL, more: { ...more } });
  await suite.create(
    agentManifest({ name: 'lenient', script: 'failing', worldURL, tools: [work({ retryPolicy })] }),
  );
  await suite.create(
    agentManifest({
      name: 'strict',
      script: 'failing',
      worldURL,
      tools: [work({ retryPolicy, onError: 'FailRun' })],
    }),
  );
  await suite.create(
    agentManifest({
      name: 'once',
      script: 'failing',
      worldURL,
      tools: [work({ effect: 'Once', retryPolicy: undefined })],
    }),
  );
  for (const agent of ['lenient', 'strict', 'once']) await suite.agentReady(agent);
  await suite.world.fault({ match: { kind: 'tool', script: 'failing' }, times: 100, status: 503 });
  for (const agent of ['lenient', 'strict', 'once'])
    await suite.create(runManifest({ name: agent, agent, input: agent }));

  expect((await suite.runCompleted('lenient')).status?.output).toBe('done lenient');
  expect((await suite.runCompleted('strict')).status).toMatchObject({
    phase: 'Failed',
    failure: { type: 'ToolCallFailed' },
  });
  expect((await suite.runCompleted('once')).status?.output).toBe('done once');
  const calls = async (input: string) => (await suite.world.log({ kind: 'tool', input })).entries.length;
  expect([await calls('lenient'), await calls('strict'), await calls('once')]).toEqual([3, 3, 1]);
});

test('a rotated model key is used at the next call, without a new version or a restart', async () => {
  const { worldURL } = suite.cluster;
  const secrets = `/api/v1/namespaces/${suite.namespace}/secrets`;
  await suite.kube.post(secrets, { metadata: { name: 'key' }, stringData: { 'api-key': 'first' } });
  await suite.script({ id: 'rotation', turns: [{ content: 'done $input' }] });
  const model = {
    name: 'scripted',
    baseURL: `${worldURL}/v1`,
    apiKeySecretRef: { name: 'key', key: 'api-key' },
  };
  await suite.create(agentManifest({ name: 'rotation', script: 'rotation', worldURL, spec: { model } }));
  const before = await suite.agentReady('rotation');
  const [pod] = await suite.kube.pods(suite.namespace, 'rotation');
  await suite.kube.patch(`${secrets}/key`, { stringData: { 'api-key': 'second' } });

  // The kubelet refreshes the file within its sync period; until then the old key is what the worker has.
  let used = '';
  for (let attempt = 1; attempt <= 60 && used !== 'Bearer second'; attempt += 1) {
    const name = `rotation-${attempt}`;
    await suite.create(runManifest({ name, agent: 'rotation', input: name }));
    await suite.runCompleted(name);
    used = (await suite.world.log({ input: name })).entries[0]?.authorization ?? '';
  }
  expect(used).toBe('Bearer second');
  const after = await suite.agentReady('rotation');
  expect(after.status?.currentVersion).toBe(before.status?.currentVersion);
  expect((await suite.kube.pods(suite.namespace, 'rotation')).map(({ metadata }) => metadata.uid)).toEqual([
    pod?.metadata.uid,
  ]);
});
