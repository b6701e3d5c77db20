import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { collection } from '../support/kube.ts';
import { prove } from '../support/ledger.ts';
import { agentManifest, runManifest, worldTool } from '../support/manifests.ts';
import { conditionOf, Suite, SYSTEM_NAMESPACE } from '../support/suite.ts';

let suite: Suite;

beforeAll(async () => {
  suite = await Suite.start('bad-input');
  await suite.script({ id: 'bad-input', turns: [{ content: 'done $input' }] });
});
afterAll(() => suite?.stop());

const agent = (name: string, spec: Readonly<Record<string, unknown>> = {}, tools?: readonly object[]) =>
  agentManifest({
    name,
    script: 'bad-input',
    worldURL: suite.cluster.worldURL,
    spec,
    ...(tools === undefined ? {} : { tools }),
  });

/** Container restarts of the operator so far: bad input must never crash it. */
async function operatorRestarts(): Promise<number> {
  const pods = await suite.operatorPods();
  return pods
    .flatMap(
      (pod) => (pod['status'] as { containerStatuses?: { restartCount: number }[] }).containerStatuses ?? [],
    )
    .reduce((total, { restartCount }) => total + restartCount, 0);
}

async function runsToTheEnd(agentName: string, run: string): Promise<void> {
  await suite.create(runManifest({ name: run, agent: agentName, input: run }));
  expect((await suite.runCompleted(run)).status?.output).toBe(`done ${run}`);
}

test(
  'bad input becomes a rejection or a condition; nobody else notices',
  () =>
    prove(
      {
        id: 'bad-input',
        promise:
          'Bad input is rejected at apply or becomes a condition with a stable reason; other agents go on.',
        test: 'test/cluster/bad-input.test.ts',
      },
      async (figures) => {
        const before = await operatorRestarts();
        await suite.create(agent('healthy'));
        await suite.agentReady('healthy');
        let cases = 0;

        // A Secret that is missing, then there with another key, then right.
        const { worldURL } = suite.cluster;
        const model = {
          name: 'scripted',
          baseURL: `${worldURL}/v1`,
          apiKeySecretRef: { name: 'model-key', key: 'api-key' },
        };
        await suite.create(agent('late-secret', { model }));
        const missing = await suite.agentWhen(
          'SecretNotFound',
          'late-secret',
          ({ status }) => conditionOf(status, 'ReferencesResolved')?.reason === 'SecretNotFound',
        );
        expect(conditionOf(missing.status, 'ReferencesResolved')?.message).toContain('model-key');
        expect(conditionOf(missing.status, 'ReferencesResolved')?.message).toContain(
          'spec.model.apiKeySecretRef',
        );
        expect(conditionOf(missing.status, 'Ready')?.status).toBe('False');
        const secrets = `/api/v1/namespaces/${suite.namespace}/secrets`;
        await suite.kube.post(secrets, { metadata: { name: 'model-key' }, stringData: { other: 'x' } });
        await suite.agentWhen(
          'SecretKeyNotFound',
          'late-secret',
          ({ status }) => conditionOf(status, 'ReferencesResolved')?.reason === 'SecretKeyNotFound',
        );
        await suite.kube.patch(`${secrets}/model-key`, { stringData: { 'api-key': 'sk-canary-late' } });
        await suite.agentReady('late-secret');
        await runsToTheEnd('late-secret', 'late-secret');
        const { entries } = await suite.world.log({ kind: 'model', input: 'late-secret' });
        expect(entries.map(({ authorization }) => authorization)).toEqual(['Bearer sk-canary-late']);
        cases += 2;

        // A module that does not compile: the worker says why, the condition shows it.
        await suite.kube.post(`/api/v1/namespaces/${suite.namespace}/configmaps`, {
          metadata: { name: 'broken' },
          data: {
            'tool.ts':
              "import { defineTool } from 'durable-agents';\nexport default defineTool({ description: 'x', \n",
          },
        });
        await suite.create(
          agent('broken-module', {}, [
            { name: 'broken', module: { configMapKeyRef: { name: 'broken', key: 'tool.ts' } } },
          ]),
        );
        const broken = await suite.agentWhen(
          'WorkerFailed',
          'broken-module',
          ({ status }) => conditionOf(status, 'WorkersAvailable')?.reason === 'WorkerFailed',
        );
        expect(conditionOf(broken.status, 'WorkersAvailable')?.message).toContain('broken');
        cases += 1;

        // An argument schema that is none, a queue of somebody else's namespace, and one that is taken.
        const tool = worldTool({
          name: 'work',
          script: 'bad-input',
          worldURL,
          more: { inputSchema: { type: 'object', properties: { a: { type: 'nonsense' } } } },
        });
        await suite.create(agent('bad-schema', {}, [tool]));
        const schema = await suite.agentWhen(
          'InvalidSpec',
          'bad-schema',
          ({ status }) => conditionOf(status, 'SpecValid')?.reason === 'InvalidSpec',
        );
        expect(conditionOf(schema.status, 'SpecValid')?.message).toContain('spec.tools[0].inputSchema');
        await suite.create(agent('foreign-queue', { temporal: { taskQueue: 'kube-system.queue' } }));
        await suite.agentWhen(
          'TaskQueueNotAllowed',
          'foreign-queue',
          ({ status }) => conditionOf(status, 'SpecValid')?.reason === 'TaskQueueNotAllowed',
        );
        await suite.create(agent('queue-thief', { temporal: { taskQueue: 'bad-input.healthy' } }));
        await suite.agentWhen(
          'TaskQueueConflict',
          'queue-thief',
          ({ status }) => conditionOf(status, 'SpecValid')?.reason === 'TaskQueueConflict',
        );
        cases += 3;

        // An image that does not exist, a connection that does not exist.
        await suite.create(agent('no-image', { worker: { image: 'localhost/durable-agents-nowhere:1' } }));
        await suite.agentWhen(
          'ImagePullFailed',
          'no-image',
          ({ status }) => conditionOf(status, 'WorkersAvailable')?.reason === 'ImagePullFailed',
        );
        await suite.create(agent('no-connection', { temporal: { connectionRef: { name: 'nowhere' } } }));
        await suite.agentWhen(
          'ConnectionNotFound',
          'no-connection',
          ({ status }) => conditionOf(status, 'ReferencesResolved')?.reason === 'ConnectionNotFound',
        );
        cases += 2;

        // 1.4 MB of instructions in 14 tools' descriptions and schemas: refused at apply or told in a condition.
        const big = Array.from({ length: 40 }, (_, index) =>
          worldTool({
            name: `t${index}`,
            script: 'bad-input',
            worldURL,
            more: { inputSchema: { type: 'object', description: 'x'.repeat(34_000) } },
          }),
        );
        const large = await suite.kube.send(
          'POST',
          collection(suite.namespace, 'durableagents'),
          agent('too-large', {}, big),
        );
        const told =
          large.status >= 300
            ? large.body
            : conditionOf(
                (
                  await suite.agentWhen(
                    'SpecTooLarge',
                    'too-large',
                    ({ status }) => conditionOf(status, 'SpecValid')?.reason === 'SpecTooLarge',
                  )
                ).status,
                'SpecValid',
              )?.message;
        expect(told).toMatch(/bytes|too large|limit/i);
        cases += 1;

        // Unknown fields: kubectl's default validation refuses them and names them.
        const unknown = await suite.kube.send(
          'POST',
          `${collection(suite.namespace, 'durableagents')}?fieldValidation=Strict`,
          agent('unknown-field', { instruction: 'typo' }),
        );
        expect(unknown.status).toBe(400);
        expect(unknown.body).toContain('spec.instruction');
        cases += 1;

        // A broken edit of a healthy agent leaves its current version serving.
        const healthy = await suite.agentReady('healthy');
        await suite.kube.patch(`${collection(suite.namespace, 'durableagents')}/healthy`, {
          spec: {
            tools: [{ name: 'broken', module: { configMapKeyRef: { name: 'broken', key: 'tool.ts' } } }],
          },
        });
        const degraded = await suite.agentWhen(
          'WorkerFailed',
          'healthy',
          ({ status }) => conditionOf(status, 'WorkersAvailable')?.reason === 'WorkerFailed',
        );
        expect(degraded.status?.currentVersion).toBe(healthy.status?.currentVersion);
        await runsToTheEnd('healthy', 'while-broken');
        await suite.kube.patch(`${collection(suite.namespace, 'durableagents')}/healthy`, {
          spec: { tools: null },
        });
        await suite.agentReady('healthy');
        cases += 1;

        expect(await operatorRestarts()).toBe(before);
        expect((await suite.world.log()).unscripted).toEqual([]);
        figures['cases'] = cases;
        figures['operatorRestarts'] = 0;
      },
    ),
  600_000,
);

test('no secret of the test is in a status, an event or a log of the operator', async () => {
  const events = await suite.kube.send('GET', `/apis/events.k8s.io/v1/namespaces/${suite.namespace}/events`);
  const agents = await suite.kube.send('GET', collection(suite.namespace, 'durableagents'));
  const operators = await suite.operatorPods();
  const logs = await Promise.all(
    operators.map(({ metadata }) =>
      suite.kube.send('GET', `/api/v1/namespaces/${SYSTEM_NAMESPACE}/pods/${metadata.name}/log`),
    ),
  );
  await eventually('logs to be readable', async () =>
    logs.every(({ status }) => status === 200) ? true : undefined,
  );
  for (const { body } of [events, agents, ...logs]) expect(body).not.toContain('sk-canary');
});
