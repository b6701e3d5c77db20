import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Client } from '@temporalio/client';
import { DevServer } from '../integration/dev-server.ts';
import { WorkerProcess } from '../integration/worker-process.ts';
import { stepByStep, World } from '../integration/world.ts';
import { median } from '../support/ledger.ts';

const STEPS = 40;
/** Model calls and tool calls of one run. */
const ACTIVITIES = 2 * STEPS + 1;
const ROUNDS = 5;
const RAW_QUEUE = 'bench-raw';

export interface StepFigures {
  /** Time per activity of an agent run, divided by that of a raw loop of no-op activities; medians of alternating rounds. */
  readonly stepOverheadRatio: number;
  readonly stepMilliseconds: number;
  readonly rawStepMilliseconds: number;
  readonly workerStartSeconds: number;
  readonly workerResidentMiB: number;
}

/** Agent and raw loop on the same server in turn, so that a machine that slows down slows both. */
export async function measureSteps(
  workflowBundle: string,
  log: (line: string) => void,
): Promise<StepFigures> {
  const directory = mkdtempSync(join(tmpdir(), 'bench-'));
  const world = await World.start(stepByStep('work', STEPS));
  const server = await DevServer.start();
  const taskQueue = 'bench.agent';
  const started = performance.now();
  const worker = await WorkerProcess.start({
    snapshot: world.snapshot('bench', [world.tool('work')]),
    directory,
    temporalAddress: server.address,
    taskQueue,
    workflowBundle,
  });
  const raw = startRawWorker(server.address);
  try {
    await worker.ready();
    const workerStartSeconds = (performance.now() - started) / 1_000;
    const workerResidentMiB = residentMiB(worker.pid);
    await worker.makeCurrent(server.client);
    const agent = () => timed(server.client, 'DurableAgent', taskQueue, { input: 'go' });
    const loop = () => timed(server.client, 'rawLoop', RAW_QUEUE, ACTIVITIES);
    // One of each to warm up: caches, JIT, sticky queues.
    await agent();
    await loop();
    const times = { agent: [] as number[], raw: [] as number[] };
    for (let round = 1; round <= ROUNDS; round += 1) {
      times.agent.push((await agent()) / ACTIVITIES);
      times.raw.push((await loop()) / ACTIVITIES);
      log(
        `round ${round}: agent ${times.agent.at(-1)?.toFixed(1)} ms a step, raw loop ${times.raw.at(-1)?.toFixed(1)} ms`,
      );
    }
    return {
      stepOverheadRatio: median(times.agent) / median(times.raw),
      stepMilliseconds: median(times.agent),
      rawStepMilliseconds: median(times.raw),
      workerStartSeconds,
      workerResidentMiB,
    };
  } finally {
    raw.kill('SIGKILL');
    await worker.end('SIGKILL');
    await server.stop();
    world.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

function startRawWorker(address: string): ChildProcess {
  const script = fileURLToPath(new URL('raw-worker.ts', import.meta.url));
  return spawn(process.execPath, [script, address, RAW_QUEUE], { stdio: 'ignore' });
}

let runs = 0;
async function timed(client: Client, type: string, taskQueue: string, argument: unknown): Promise<number> {
  const started = performance.now();
  runs += 1;
  await client.workflow.execute(type, { taskQueue, workflowId: `bench-${runs}`, args: [argument] });
  return performance.now() - started;
}

/** Resident set of a process, in MiB. */
export function residentMiB(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? Number.NaN) / 1024;
}
