import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { SNAPSHOT_KEY } from '../../crds/v1alpha1/contract.ts';
import { buildIDOf, canonicalJSON, type Snapshot } from '../../crds/v1alpha1/snapshot.ts';
import type { WorkerConfig } from '../../worker-image/config.ts';
import { freePort } from './dev-server.ts';
import { makeCurrent } from './make-current.ts';

export interface WorkerSettings {
  readonly snapshot: Snapshot;
  /** A folder of the test's own. */
  readonly directory: string;
  readonly temporalAddress: string;
  readonly taskQueue: string;
  readonly workflowBundle: string;
  readonly shutdownGracePeriod?: number;
}

/** A worker as the image runs it, in a process that can be killed. Several may serve the same version. */
export class WorkerProcess {
  readonly config: WorkerConfig;
  private readonly process: ChildProcess;
  private readonly logFile: string;

  private constructor(config: WorkerConfig, process: ChildProcess, logFile: string) {
    this.config = config;
    this.logFile = logFile;
    this.process = process;
  }

  static async start(settings: WorkerSettings): Promise<WorkerProcess> {
    const { snapshot, directory } = settings;
    const port = await freePort();
    const snapshotDirectory = join(directory, 'snapshot');
    const modulesDirectory = join(directory, 'modules');
    for (const folder of [snapshotDirectory, modulesDirectory]) mkdirSync(folder, { recursive: true });
    writeFileSync(join(snapshotDirectory, SNAPSHOT_KEY), canonicalJSON(snapshot));
    const config: WorkerConfig = {
      namespace: snapshot.namespace,
      agent: snapshot.agent,
      buildID: buildIDOf(snapshot),
      deploymentName: `${snapshot.namespace}_${snapshot.agent}`,
      taskQueue: settings.taskQueue,
      temporal: {
        address: settings.temporalAddress,
        namespace: 'default',
        tls: false,
        credentialsDirectory: join(directory, 'credentials'),
      },
      shutdownGracePeriod: settings.shutdownGracePeriod ?? 10_000,
      maxActivities: 50,
      maxWorkflowTasks: 20,
      snapshotDirectory,
      modulesDirectory,
      workflowBundle: settings.workflowBundle,
      port,
      terminationLog: join(directory, 'termination-log'),
    };
    const logFile = join(directory, `worker-${port}.log`);
    const log = openSync(logFile, 'w');
    const entry = fileURLToPath(new URL('worker-entry.ts', import.meta.url));
    const child = spawn(process.execPath, [entry, JSON.stringify(config)], { stdio: ['ignore', log, log] });
    return new WorkerProcess(config, child, logFile);
  }

  /** Status and body of one of its pages; status 0 when it does not listen (yet). */
  async page(path: string): Promise<{ readonly status: number; readonly body: string }> {
    try {
      const response = await fetch(`http://127.0.0.1:${this.config.port}${path}`, {
        signal: AbortSignal.timeout(5_000),
      });
      return { status: response.status, body: await response.text() };
    } catch {
      return { status: 0, body: '' };
    }
  }

  async ready(withinMs = 30_000): Promise<void> {
    const deadline = Date.now() + withinMs;
    while ((await this.page('/readyz')).status !== 200) {
      if (Date.now() > deadline || this.process.exitCode !== null)
        throw new Error('the worker did not get ready');
      await sleep(100);
    }
  }

  makeCurrent(client: Client): Promise<void> {
    return makeCurrent(client, this.config);
  }

  log(): string {
    return readFileSync(this.logFile, 'utf8');
  }

  get pid(): number {
    return this.process.pid ?? Number.NaN;
  }

  get exitCode(): number | null {
    return this.process.exitCode;
  }

  async end(signal: NodeJS.Signals): Promise<number | null> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return this.process.exitCode;
    const gone = once(this.process, 'exit');
    this.process.kill(signal);
    await gone;
    return this.process.exitCode;
  }
}
