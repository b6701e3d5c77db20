import { afterAll, beforeAll, expect, test } from 'vitest';
import { RUN_FAILURES } from '../../crds/v1alpha1/run-protocol.ts';
import { killPod } from '../support/containers.ts';
import { eventually } from '../support/eventually.ts';
import { stepsOf } from '../support/history.ts';
import { collection } from '../support/kube.ts';
import { agentManifest, chainOfSteps, runManifest, worldTool } from '../support/manifests.ts';
import { conditionOf, Suite } from '../support/suite.ts';

let suite: Suite;

beforeAll(async () => {
  suite = await Suite.start('agent-run');
  const { worldURL } = suite.cluster;
  await suite.script({ id: 'agent-run', turns: chainOfSteps(2, 'work') });
  await suite.create(
    agentManifest({
      name: 'chain',
      script: 'agent-run',
      worldURL,
      tools: [worldTool({ name: 'work', script: 'agent-run', worldURL })],
    }),
  );
  await suite.agentReady('chain');
});
afterAll(() => suite?.stop());

const runs = () => collection(suite.namespace, 'agentruns');

test('a run reports its workflow, its usage and its answer; every step has a summary in Temporal', async () => {
  await suite.create(runManifest({ name: 'plain', agent: 'chain', input: 'plain' }));
  const run = await suite.runCompleted('plain');
  expect(run.status).toMatchObject({
    phase: 'Succeeded',
    output: 'done plain',
    turns: 3,
    usage: { inputTokens: 30, outputTokens: 15 },
    workflowID: `${suite.namespace}/plain/${run.metadata.uid}`,
  });
  const steps = await stepsOf(await suite.temporal(), run.status?.workflowID ?? '');
  expect(steps.map(({ name }) => name)).toEqual(['callModel', 'work', 'callModel', 'work', 'callModel']);
  const history = await (
    await suite.temporal()
  ).workflow
    .getHandle(run.status?.workflowID ?? '')
    .fetchHistory();
  const scheduled = (history.events ?? []).filter((event) => event.activityTaskScheduledEventAttributes);
  expect(scheduled.every((event) => (event.userMetadata?.summary?.data?.length ?? 0) > 0)).toBe(true);
});

test('input may be any JSON; programs start runs with a Temporal client alone', async () => {
  await suite.create(runManifest({ name: 'object', agent: 'chain', input: { question: 'why', depth: 2 } }));
  const run = await suite.runCompleted('object');
  // The API server keeps objects with their keys sorted.
  expect(run.status?.output).toBe('done {"depth":2,"question":"why"}');
  const client = await suite.temporal();
  const result: unknown = await client.workflow.execute('DurableAgent', {
    taskQueue: `${suite.namespace}.chain`,
    workflowId: `agent-run/by-program/${Date.now()}`,
    args: [{ input: 'program' }],
  });
  expect(result).toMatchObject({ output: 'done program', turns: 3 });
});

test('deleting and creating it again is another run, as with a Job', async () => {
  await suite.create(runManifest({ name: 'twice', agent: 'chain', input: 'twice' }));
  const first = await suite.runCompleted('twice');
  await suite.kube.delete(`${runs()}/twice`);
  await eventually('it to be gone', async () =>
    (await suite.kube.run(suite.namespace, 'twice')) === undefined ? true : undefined,
  );
  await suite.create(runManifest({ name: 'twice', agent: 'chain', input: 'twice' }));
  const second = await suite.runCompleted('twice');
  expect(second.status?.workflowID).not.toBe(first.status?.workflowID);
  const { entries } = await suite.world.log({ kind: 'model', input: 'twice' });
  expect(entries).toHaveLength(6);
});

test('spec.workflowID attaches: two resources, one run', async () => {
  const more = { workflowID: `agent-run/shared/${Date.now()}` };
  await suite.create(runManifest({ name: 'shared-a', agent: 'chain', input: 'shared', more }));
  await suite.create(runManifest({ name: 'shared-b', agent: 'chain', input: 'shared', more }));
  const [a, b] = [await suite.runCompleted('shared-a'), await suite.runCompleted('shared-b')];
  expect(a.status?.runID).toBe(b.status?.runID);
  expect((await suite.world.log({ kind: 'model', input: 'shared' })).entries).toHaveLength(3);
});

test('an operator killed while it starts runs never starts one twice', async () => {
  const names = Array.from({ length: 8 }, (_, index) => `storm-${index}`);
  await Promise.all(names.map((name) => suite.create(runManifest({ name, agent: 'chain', input: name }))));
  // Its container is started again at once, and finds some of them started, some half-way, some not.
  for (const { metadata } of await suite.operatorPods()) killPod(metadata.uid);
  for (const name of names) {
    const run = await suite.runCompleted(name);
    expect(run.status?.output).toBe(`done ${name}`);
    expect((await suite.world.log({ kind: 'model', input: name })).entries).toHaveLength(3);
  }
});

test('cancel stops the run; a finished run goes after its TTL', async () => {
  const match = { kind: 'tool', script: 'agent-run', input: 'stopped' } as const;
  await suite.world.fault({ match, times: 1, hold: true });
  await suite.create(
    runManifest({ name: 'stopped', agent: 'chain', input: 'stopped', more: { ttlSecondsAfterFinished: 3 } }),
  );
  await eventually('the tool call to be in flight', async () =>
    (await suite.world.log(match)).entries.length > 0 ? true : undefined,
  );
  await suite.kube.patch(`${runs()}/stopped`, { spec: { cancel: true } });
  const run = await suite.runCompleted('stopped');
  expect(conditionOf(run.status, 'Completed')?.reason).toBe('Canceled');
  const { entries } = await suite.world.log({ input: 'stopped' });
  expect(entries.map(({ kind, abandonedAt }) => [kind, abandonedAt !== undefined])).toEqual([
    ['model', false],
    ['tool', true],
  ]);
  await eventually('its TTL', async () =>
    (await suite.kube.run(suite.namespace, 'stopped')) === undefined ? true : undefined,
  );
});

test('a run of an agent that comes later starts then; limits and refusals end a run with a type', async () => {
  const { worldURL } = suite.cluster;
  await suite.create(runManifest({ name: 'early', agent: 'later', input: 'early' }));
  await suite.runWhen(
    'AgentNotFound',
    'early',
    ({ status }) => conditionOf(status, 'Started')?.reason === 'AgentNotFound',
  );
  await suite.create(
    agentManifest({
      name: 'later',
      script: 'agent-run',
      worldURL,
      spec: { limits: { maxTurns: 2 } },
      tools: [worldTool({ name: 'work', script: 'agent-run', worldURL })],
    }),
  );
  const limited = await suite.runCompleted('early');
  expect(limited.status).toMatchObject({ phase: 'Failed', failure: { type: RUN_FAILURES.LimitExceeded } });

  await suite.world.fault({ match: { kind: 'model', input: 'refused' }, times: 50, status: 401 });
  await suite.create(runManifest({ name: 'refused', agent: 'chain', input: 'refused' }));
  const refused = await suite.runCompleted('refused');
  expect(refused.status).toMatchObject({ phase: 'Failed', failure: { type: RUN_FAILURES.ModelCallFailed } });
  expect((await suite.world.log({ input: 'refused' })).entries).toHaveLength(1);
});
