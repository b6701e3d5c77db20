/** The worker as the image runs it, in processes that are killed, stopped and cut off from a real Temporal. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { RunResult } from '../../crds/v1alpha1/run-protocol.ts';
import type { Snapshot } from '../../crds/v1alpha1/snapshot.ts';
import { writeWorkflowBundle } from '../../worker-image/bundle.ts';
import { eventually } from '../support/eventually.ts';
import { DevServer } from './dev-server.ts';
import { WorkerProcess } from './worker-process.ts';
import { stepByStep, World } from './world.ts';

const STEPS = 4;
const QUEUE = 'test.steps';

let directory: string;
let server: DevServer;
let world: World;
const workers: WorkerProcess[] = [];
let runs = 0;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'durable-agents-worker-'));
  server = await DevServer.start({ database: join(directory, 'temporal.db') });
  await writeWorkflowBundle(join(directory, 'bundle.js'));
});
beforeEach(async () => {
  world = await World.start(stepByStep('step', STEPS));
});
afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.end('SIGKILL')));
  world.close();
});
afterAll(async () => {
  await server.stop();
  rmSync(directory, { recursive: true, force: true });
});

async function start(
  snapshot: Snapshot,
  settings: { readonly shutdownGracePeriod?: number } = {},
): Promise<WorkerProcess> {
  const worker = await WorkerProcess.start({
    snapshot,
    directory,
    temporalAddress: server.address,
    taskQueue: QUEUE,
    workflowBundle: join(directory, 'bundle.js'),
    ...settings,
  });
  workers.push(worker);
  return worker;
}
async function serve(snapshot: Snapshot, settings = {}): Promise<WorkerProcess> {
  const worker = await start(snapshot, settings);
  await worker.ready();
  await worker.makeCurrent(server.client);
  return worker;
}
const run = (): Promise<WorkflowHandle> => {
  runs += 1;
  return server.client.workflow.start('DurableAgent', {
    taskQueue: QUEUE,
    workflowId: `run-${runs}`,
    args: [{ input: 'go' }],
  });
};
const result = async (handle: WorkflowHandle): Promise<RunResult> => (await handle.result()) as RunResult;
const reached = (list: readonly unknown[], count: number): Promise<true> =>
  eventually(`request ${count}`, () => Promise.resolve(list.length >= count ? true : undefined), {
    intervalMs: 5,
  });
const steps = (): string[] => world.hits.map(({ key }) => key.slice(key.indexOf('/') + 1));
const everyStepOnce = Array.from({ length: STEPS }, (_, index) => `${index + 1}/1`);
async function counters(worker: WorkerProcess, name: string): Promise<string[]> {
  const { body } = await worker.page('/metrics');
  const lines = body.split('\n').filter((line) => line.startsWith(`${name}{`));
  return lines.map((line) => line.slice(name.length).replaceAll(/,(namespace|agent|version)="[^"]*"/g, ''));
}

describe('killed', () => {
  test.each(['model', 'tool'] as const)(
    'in the middle of a %s call: only that call is made again, soon',
    async (kind) => {
      const snapshot = world.snapshot('steps', [world.tool('step')]);
      const first = await serve(snapshot);
      if (kind === 'model') world.modelDelayMs = 1_000;
      else world.toolDelayMs = 1_000;
      const requests = kind === 'model' ? world.modelRequests : world.hits;
      const handle = await run();
      await reached(requests, 2);
      await sleep(300);
      await first.end('SIGKILL');
      const killed = Date.now();
      const second = await start(snapshot);
      await reached(requests, 3);
      const recovery = (requests[2]?.at ?? 0) - killed;
      expect((await result(handle)).output).toBe(`${STEPS} observations`);
      expect(requests.length).toBe((kind === 'model' ? STEPS + 1 : STEPS) + 1);
      expect(steps()).toEqual(kind === 'model' ? everyStepOnce : ['1/1', '2/1', '2/1', '3/1', '4/1']);
      expect(await counters(second, 'durable_agent_activity_retries_total')).toEqual([
        `{kind="${kind}",name="${kind === 'model' ? 'scripted' : 'step'}",reason="WorkerLost"} 1`,
      ]);
      // The promise is a median of 5 s on a machine of its own; this one is shared.
      expect(recovery).toBeLessThan(10_000);
    },
  );
});

describe('asked to stop', () => {
  test('it finishes the step in hand, and nothing is done twice', async () => {
    world.toolDelayMs = 1_500;
    const snapshot = world.snapshot('steps', [world.tool('step', { effect: 'Once' })]);
    const first = await serve(snapshot);
    const handle = await run();
    await reached(world.hits, 1);
    const second = await start(snapshot);
    await second.ready();
    expect(await first.end('SIGTERM')).toBe(0);
    expect((await result(handle)).output).toBe(`${STEPS} observations`);
    expect(steps()).toEqual(everyStepOnce);
    expect(await counters(second, 'durable_agent_activity_retries_total')).toEqual([]);
  });

  test('a step longer than the grace period runs again elsewhere; a deploy is no cancel', async () => {
    world.toolDelayMs = 3_000;
    const snapshot = world.snapshot('steps', [world.tool('step')]);
    const first = await serve(snapshot, { shutdownGracePeriod: 500 });
    const handle = await run();
    await reached(world.hits, 1);
    const second = await start(snapshot);
    await second.ready();
    expect(await first.end('SIGTERM')).toBe(0);
    world.toolDelayMs = 0;
    expect((await result(handle)).output).toBe(`${STEPS} observations`);
    expect(steps()).toEqual(['1/1', ...everyStepOnce]);
    expect(await counters(second, 'durable_agent_activity_retries_total')).toEqual([
      '{kind="tool",name="step",reason="WorkerShutdown"} 1',
    ]);
  });

  test('a step that may run only once is told to the model as an unknown outcome', async () => {
    world.toolDelayMs = 3_000;
    const snapshot = world.snapshot('steps', [world.tool('step', { effect: 'Once' })]);
    const first = await serve(snapshot, { shutdownGracePeriod: 500 });
    const handle = await run();
    await reached(world.hits, 1);
    await first.end('SIGTERM');
    world.toolDelayMs = 0;
    await start(snapshot);
    await result(handle);
    expect(steps()).toEqual(everyStepOnce);
    const told = world.modelRequests[1]?.messages.at(-1)?.content;
    expect(told).toMatch(/^Outcome unknown: the call of step was interrupted \(WorkerShutdown/);
  });
});

test('retries are counted when they begin, by tool and reason', async () => {
  const worker = await serve(
    world.snapshot('steps', [world.tool('step', { retryPolicy: { initialInterval: '50ms' } })]),
  );
  world.outages.set('step', [503, 429, 503]);
  await result(await run());
  expect((await counters(worker, 'durable_agent_activity_retries_total')).toSorted()).toEqual([
    '{kind="tool",name="step",reason="HTTP.429"} 1',
    '{kind="tool",name="step",reason="HTTP.503"} 2',
  ]);
  expect(await counters(worker, 'durable_agent_tool_calls_total')).toEqual([
    '{name="step",outcome="success"} 4',
  ]);
  expect(await counters(worker, 'durable_agent_runs_completed_total')).toEqual(['{outcome="Completed"} 1']);
  const { body } = await worker.page('/metrics');
  const families = [...body.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name);
  expect(new Set(families).size).toBe(families.length);
  expect(families.some((name) => name?.startsWith('temporal_'))).toBe(true);
});

test('Temporal killed and back: the pod lives on, is not ready meanwhile, and every run goes on', async () => {
  const worker = await serve(world.snapshot('steps', [world.tool('step')]));
  world.toolDelayMs = 1_000;
  const handle = await run();
  await reached(world.hits, 1);
  await server.kill();
  await eventually(
    'not ready',
    async () => ((await worker.page('/readyz')).status === 503 ? true : undefined),
    { timeoutMs: 20_000 },
  );
  expect((await worker.page('/readyz')).body).toMatch(/^Temporal at .* has not answered for/);
  expect((await worker.page('/healthz')).status).toBe(200);
  await server.start();
  await worker.ready(15_000);
  world.toolDelayMs = 0;
  expect((await server.client.workflow.getHandle(handle.workflowId).result()) as RunResult).toMatchObject({
    output: `${STEPS} observations`,
  });
  expect(worker.exitCode).toBeNull();
});

test('changed credentials are taken over without a restart', async () => {
  const worker = await serve(world.snapshot('steps', [world.tool('step')]));
  const { credentialsDirectory } = worker.config.temporal;
  mkdirSync(credentialsDirectory);
  for (const [file, content] of [
    ['ca.crt', 'needs a new connection'],
    ['api-key', 'so does a first key'],
    ['api-key', 'another key does not'],
  ] as const) {
    const before = worker.log().split('Took over changed credentials').length;
    writeFileSync(join(credentialsDirectory, file), content);
    await eventually('the take-over', () =>
      Promise.resolve(worker.log().split('Took over changed credentials').length > before ? true : undefined),
    );
    expect((await result(await run())).output).toBe(`${STEPS} observations`);
  }
  rmSync(credentialsDirectory, { recursive: true });
});

test('without a Temporal it waits, alive and not ready, and stops when it is told to', async () => {
  const worker = await WorkerProcess.start({
    snapshot: world.snapshot('alone', [world.tool('step')]),
    directory: mkdtempSync(join(directory, 'alone-')),
    temporalAddress: '127.0.0.1:1',
    taskQueue: QUEUE,
    workflowBundle: join(directory, 'bundle.js'),
  });
  workers.push(worker);
  const page = await eventually('a reason', async () => {
    const { status, body } = await worker.page('/readyz');
    return status === 503 && body !== 'starting\n' ? body : undefined;
  });
  expect(page).toMatch(/^Temporal at 127.0.0.1:1 cannot be reached/);
  expect((await worker.page('/healthz')).status).toBe(200);
  expect(await worker.end('SIGTERM')).toBe(0);
});

test('a version that cannot be served is said in the termination message', async () => {
  const snapshot = world.snapshot('broken', [
    { name: 'broken', module: { configMapKeyRef: { name: 'tools', key: 'broken.ts' } } },
  ]);
  const own = mkdtempSync(join(directory, 'broken-'));
  writeFileSync(join(own, 'termination-log'), '');
  const worker = await WorkerProcess.start({
    snapshot: { ...snapshot, modules: { broken: { file: 'broken.ts', source: 'export default {{{' } } },
    directory: own,
    temporalAddress: server.address,
    taskQueue: QUEUE,
    workflowBundle: join(directory, 'bundle.js'),
  });
  workers.push(worker);
  await eventually('its end', () => Promise.resolve(worker.exitCode === null ? undefined : true));
  expect(worker.exitCode).toBe(1);
  expect(readFileSync(join(own, 'termination-log'), 'utf8')).toMatch(/^Tool "broken": broken\.ts, line 1/);
});
