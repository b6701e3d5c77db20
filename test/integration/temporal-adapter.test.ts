/** The operator's Temporal adapter and sampler against a real Temporal and the real workflow: what only they can answer for. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sampleAgents } from '../../operator/sampler/sample-agents.ts';
import { makeTemporalClients } from '../../operator/temporal/clients.ts';
import type { TemporalClient, TemporalClients } from '../../operator/temporal/port.ts';
import type { ToolPlan } from '../../worker-image/workflows/protocol.ts';
import { eventually } from '../support/eventually.ts';
import { DevServer, freePort } from './dev-server.ts';
import { callTools, policy, QUEUE, say, ScriptedWorker, success } from './scripted-worker.ts';

const VERSION = { deploymentName: 'test_scripted', buildID: 'test' };
const local: ToolPlan = { kind: 'local', policy, once: false, onError: 'ReturnToModel' };

let server: DevServer;
let worker: ScriptedWorker;
let clients: TemporalClients;
let temporal: TemporalClient;

beforeAll(async () => {
  server = await DevServer.start();
  worker = await ScriptedWorker.start(server.address, { theirs: async () => undefined });
  clients = makeTemporalClients();
  temporal = clients.for({ address: server.address, namespace: 'default' });
});
afterAll(async () => {
  await clients?.close();
  await worker?.stop();
  await server?.stop();
});

const over = (workflowID: string) =>
  eventually(`${workflowID} to end`, async () => {
    const description = await temporal.describeRun(workflowID);
    return description?.status === 'Running' ? undefined : description;
  });

describe('runs', () => {
  test('starting what runs or ran starts nothing', async () => {
    const workflowID = 'adapter/waits';
    const start = () =>
      temporal.startRun({ workflowID, taskQueue: 'test.nobody', input: {}, summary: 'waits' });
    await Promise.all([start(), start(), start()]);
    const first = await temporal.describeRun(workflowID);
    expect(first).toMatchObject({ status: 'Running', taskQueue: 'test.nobody', buildID: undefined });
    await server.client.workflow.getHandle(workflowID).terminate('enough');
    await start();
    const last = await temporal.describeRun(workflowID);
    expect(last).toMatchObject({ status: 'Terminated', runID: first?.runID });
    expect(await temporal.runResult(workflowID, last?.runID ?? '')).toEqual({
      kind: 'failed',
      type: 'Terminated',
      message: 'enough',
    });
    expect(await temporal.describeRun('adapter/none')).toBeUndefined();
  });

  test('a question is answered once; the same answer again is fine, another is refused', async () => {
    const { workflowId } = await worker.run({
      model: [() => callTools(['ask', { question: 'who?' }]), () => say('done')],
      plan: { tools: { ask: { kind: 'question' } } },
    });
    const question = await eventually(
      'the question',
      async () => (await temporal.queryState(workflowId))?.waiting[0],
    );
    const id = question.id;
    expect(await temporal.answer(workflowId, { id: '9/9', answer: 'me' })).toMatchObject({
      kind: 'rejected',
    });
    expect(await temporal.answer(workflowId, { id, answer: 'me' })).toEqual({ kind: 'accepted' });
    const description = await over(workflowId);
    expect(description).toMatchObject({ status: 'Completed', buildID: VERSION.buildID });
    expect(await temporal.runResult(workflowId, description?.runID ?? '')).toMatchObject({
      kind: 'completed',
      result: { output: 'done', turns: 2 },
    });
    expect(await temporal.answer(workflowId, { id, answer: 'you' })).toEqual({
      kind: 'rejected',
      message: 'the run is over',
    });
    await expect(temporal.cancelRun(workflowId)).resolves.toBeUndefined();
  });

  test('a run nobody works on gives no state and takes no answer, in bounded time', async () => {
    const workflowID = 'adapter/nobody';
    await temporal.startRun({ workflowID, taskQueue: 'test.nobody', input: {} });
    const began = Date.now();
    expect(await temporal.queryState(workflowID)).toBeUndefined();
    expect(await temporal.answer(workflowID, { id: '1/1', answer: 'x' })).toEqual({ kind: 'unanswered' });
    expect(Date.now() - began).toBeLessThan(12_000);
    await server.client.workflow.getHandle(workflowID).terminate();
  });
});

test('pending steps are counted exactly, by state, and are gone when the run is', async () => {
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const { workflowId } = await worker.run({
    model: [() => callTools(['slow'], ['slow'], ['failing'], ['queued']), () => say('done')],
    tools: {
      slow: () => held.then(() => success('slow')),
      failing: () => Promise.reject(new Error('scripted')),
    },
    plan: {
      tools: {
        slow: local,
        failing: { ...local, policy: { ...policy, initialInterval: 600_000, maximumInterval: 600_000 } },
        queued: {
          ...local,
          kind: 'activity',
          taskQueue: 'test.nobody',
          type: 'nothing',
          maxOutputBytes: 300,
        },
      },
    },
  });
  const target = {
    client: temporal,
    taskQueue: QUEUE,
    deploymentName: VERSION.deploymentName,
    versions: [VERSION.buildID],
  };
  const sampled = (what: string, expected: object) =>
    eventually(what, async () => {
      const [sample] = await sampleAgents([target]);
      expect(sample).toMatchObject(expected);
      return sample;
    });
  const pending = { scheduled: 1, started: 2, backing_off: 1 };
  await sampled('1 scheduled, 2 started, 1 backing off', {
    open: 1,
    ratio: 1,
    pending: { total: 4, retrying: 1, maxAttempt: 2 },
    versions: [{ version: VERSION.buildID, openRuns: 1, pending }],
  });
  expect(await temporal.countOpenRunsOfVersion(VERSION)).toBe(1);
  expect(await temporal.countOpenRuns(QUEUE)).toBe(1);
  release();
  await sampled('the slow ones to be gone', { pending: { total: 2, retrying: 1 } });
  await temporal.cancelRun(workflowId);
  expect(await over(workflowId)).toMatchObject({ status: 'Canceled' });
  await sampled('nothing', {
    open: 0,
    ratio: 1,
    pending: { total: 0, retrying: 0, maxAttempt: 0 },
    versions: [],
  });
});

describe('worker deployments', () => {
  test('pollers, the current version and what Temporal refuses', async () => {
    expect(await temporal.hasPollers({ ...VERSION, taskQueue: QUEUE })).toBe(true);
    expect(await temporal.hasPollers({ ...VERSION, taskQueue: 'test.nobody' })).toBe(false);
    expect(await temporal.hasPollers({ ...VERSION, buildID: 'none', taskQueue: QUEUE })).toBe(false);
    const deployment = await temporal.describeWorkerDeployment(VERSION.deploymentName);
    expect(deployment?.currentBuildID).toBe(VERSION.buildID);
    expect(await temporal.describeWorkerDeployment('test_none')).toBeUndefined();
    const conflictToken = deployment?.conflictToken ?? new Uint8Array();
    await expect(
      temporal.setCurrentVersion({ ...VERSION, buildID: 'none', conflictToken }),
    ).rejects.toMatchObject({
      reason: 'Refused',
    });
    await expect(temporal.deleteVersion(VERSION)).rejects.toMatchObject({ reason: 'Refused' });
    await expect(temporal.deleteVersion({ ...VERSION, buildID: 'none' })).resolves.toBeUndefined();
    await expect(temporal.deleteWorkerDeployment('test_none')).resolves.toBeUndefined();
  });
});

test('what is wrong with a connection has a reason, and its message holds still', async () => {
  const port = await freePort();
  const junk = { clientCert: 'sk-canary', clientKey: 'sk-canary' };
  for (const [settings, reason] of [
    [{ address: server.address, namespace: 'nope' }, 'TemporalNamespaceNotFound'],
    [{ address: `127.0.0.1:${port}`, namespace: 'default' }, 'Unreachable'],
    [{ address: server.address, namespace: 'default', tls: {} }, 'Unreachable'],
    [{ address: server.address, namespace: 'default', tls: junk }, 'Unauthorized'],
  ] as const) {
    const ask = () =>
      clients
        .for(settings)
        .serverInfo()
        .catch((error: unknown) => error);
    const [first, second] = [await ask(), await ask()] as Error[];
    expect(first).toMatchObject({ name: 'TemporalError', reason });
    expect(second?.message).toBe(first?.message);
    expect(first?.message).not.toContain('sk-canary');
  }
  expect(await temporal.serverInfo()).toMatchObject({ supportsVersioning: true });
});
