/** One worker process: loads its version, connects, serves until it is told to stop. */
import { once } from 'node:events';
import { access } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@temporalio/common';
import { Runtime, Worker } from '@temporalio/worker';
import { createActivities } from './activities/activities.ts';
import { measureSteps } from './activity-interceptor.ts';
import { askRun } from './ask-run.ts';
import type { WorkerConfig } from './config.ts';
import { startHTTPServer } from './http-server.ts';
import { createMetrics, type WorkerMetrics } from './metrics.ts';
import { retryReasons } from './retry-reason.ts';
import { activityMetrics, runSinks } from './metric-sinks.ts';
import { loadAgent, type LoadedAgent } from './snapshot.ts';
import { TemporalLink } from './temporal-link.ts';

/**
 * How long a workflow task waits for the worker that has the run in memory. Also the time a killed worker costs before
 * another one replays the run; the SDK's default is 10 s.
 */
const STICKY_TIMEOUT_MS = 1_000;
/**
 * Steps heartbeat every second (activities/heartbeat.ts) and every one of them goes out: a cancellation arrives in the
 * answer to a heartbeat, and a killed worker is missed the sooner the younger its last one is. As long as the steps'
 * own interval it would swallow every second one. The SDK's default is 60 s.
 */
const HEARTBEAT_THROTTLE_MS = 500;
/** After the grace period steps are cancelled; so long they may take to say so. */
const FORCE_AFTER_MS = 5_000;
const WORKER_RETRY_MS = 2_000;

/**
 * Serves until `signal` aborts, then drains: running steps get the grace period to finish. Throws when this version
 * cannot be served (the message says why, for people) and when the worker fails.
 */
export async function runWorker(config: WorkerConfig, log: Logger, signal: AbortSignal): Promise<void> {
  const agent = await loadAgent({
    buildID: config.buildID,
    directory: config.snapshotDirectory,
    modulesDirectory: config.modulesDirectory,
  });
  await access(config.workflowBundle).catch((error: unknown) => {
    throw new Error(`The workflow bundle ${config.workflowBundle} is missing: build it with npm run build.`, {
      cause: error,
    });
  });
  const coreMetricsPort = await freePort();
  Runtime.install({
    logger: log,
    // main.ts owns the signals: readiness has to go before the worker does.
    shutdownSignals: [],
    telemetryOptions: {
      logging: { filter: { core: 'WARN', other: 'ERROR' }, forward: {} },
      metrics: {
        attachServiceName: false,
        prometheus: {
          bindAddress: `127.0.0.1:${coreMetricsPort}`,
          countersTotalSuffix: true,
          unitSuffix: true,
          useSecondsForDurations: true,
        },
      },
    },
  });
  const metrics = createMetrics({
    namespace: config.namespace,
    agent: config.agent,
    version: config.buildID,
  });
  let notReady = (): string | undefined => 'starting';
  const server = await startHTTPServer({
    port: config.port,
    registry: metrics.registry,
    coreMetricsURL: `http://127.0.0.1:${coreMetricsPort}/metrics`,
    notReady: () => (signal.aborted ? 'stopping' : notReady()),
  });
  const link = await TemporalLink.open(config.temporal, log, signal, (reason) => (notReady = () => reason));
  try {
    const worker =
      link &&
      (await createWorker(config, agent, link, metrics, log, signal, (reason) => (notReady = () => reason)));
    if (link === undefined || worker === undefined) return;
    link.watch((connection) => (worker.connection = connection));
    notReady = () =>
      worker.getState() === 'RUNNING' ? link.problem() : `the worker is ${worker.getState()}`;
    const stop = (): void => worker.shutdown();
    signal.addEventListener('abort', stop, { once: true });
    const running = worker.run();
    // Asked to stop between create and run: shutdown() throws before run().
    if (signal.aborted) stop();
    await running;
  } finally {
    await link?.close();
    server.close();
    server.closeAllConnections();
    await Runtime.instance().shutdown();
  }
}

/** Creating a worker asks Temporal for the namespace: one that is not there yet is waited for like Temporal itself. */
async function createWorker(
  config: WorkerConfig,
  agent: LoadedAgent,
  link: TemporalLink,
  metrics: WorkerMetrics,
  log: Logger,
  signal: AbortSignal,
  onProblem: (reason: string) => void,
): Promise<Worker | undefined> {
  const namespace = config.temporal.namespace;
  const activities = createActivities({
    agent,
    conversation: askRun(() => link.connection, namespace),
    metrics: activityMetrics(metrics),
  });
  const reasonOf = retryReasons(() => link.connection);
  while (!signal.aborted) {
    try {
      return await Worker.create({
        connection: link.connection,
        namespace,
        taskQueue: config.taskQueue,
        workerDeploymentOptions: {
          useWorkerVersioning: true,
          version: { deploymentName: config.deploymentName, buildId: config.buildID },
          defaultVersioningBehavior: 'PINNED',
        },
        workflowBundle: { codePath: config.workflowBundle },
        activities,
        sinks: runSinks(metrics),
        interceptors: { activity: [measureSteps({ reasonOf, model: agent.snapshot.model.name, metrics })] },
        maxConcurrentActivityTaskExecutions: config.maxActivities,
        maxConcurrentWorkflowTaskExecutions: config.maxWorkflowTasks,
        stickyQueueScheduleToStartTimeout: STICKY_TIMEOUT_MS,
        maxHeartbeatThrottleInterval: HEARTBEAT_THROTTLE_MS,
        defaultHeartbeatThrottleInterval: HEARTBEAT_THROTTLE_MS,
        shutdownGraceTime: config.shutdownGracePeriod,
        shutdownForceTime: config.shutdownGracePeriod + FORCE_AFTER_MS,
        reuseV8Context: true,
      });
    } catch (error) {
      const reason = `The worker cannot start on namespace ${namespace}: ${error instanceof Error ? error.message : String(error)}`;
      onProblem(reason);
      log.warn(reason, { retryInMs: WORKER_RETRY_MS });
      await sleep(WORKER_RETRY_MS, undefined, { signal }).catch(() => undefined);
    }
  }
  return undefined;
}

/** The core cannot tell which port it took when asked for any. */
async function freePort(): Promise<number> {
  const probe = createServer();
  probe.listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}
