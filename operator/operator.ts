import { makeReconcileAgent } from './agent/reconcile.ts';
import type { Config } from './config.ts';
import { makeReconcileConnection } from './connection/reconcile.ts';
import { makeResolveConnection } from './connection/resolver.ts';
import { systemClock } from './engine/clock.ts';
import { Controller, type AnySource } from './engine/controller.ts';
import { LeaderLease } from './engine/lease.ts';
import type { Reconcile } from './engine/reconciler.ts';
import { startHttp, type HealthCheck } from './http/server.ts';
import { allInformers, makeInformers, type Informers } from './informers.ts';
import { makeKubeClient } from './kube/client.ts';
import type { KubeClient } from './kube/port.ts';
import type { Transport } from './kube/transport.ts';
import { makeReconcileRun } from './run/reconcile.ts';
import { startSampler } from './sampler/sampler.ts';
import { agentSources, connectionSources, runSources } from './sources.ts';
import { makeEmit, type Emit } from './telemetry/events.ts';
import type { Log } from './telemetry/log.ts';
import { makeMetrics, type Metrics } from './telemetry/metrics.ts';
import { makeTemporalClients } from './temporal/clients.ts';
import type { ConnectionSettings, TemporalClients } from './temporal/port.ts';

/** Passes at once. A pass waits for the API server and for Temporal most of its time. */
const CONCURRENCY = { durableagent: 8, agentrun: 16, temporalconnection: 4 };

/** Passes may finish so long after SIGTERM; the chart's termination grace period is longer. */
const STOP_MS = 10_000;

/** A watch is silent for 2.5 minutes at most and ends within 10 (kube/client.ts): an informer idle for longer is wedged. */
const WEDGED_MS = 15 * 60_000;

/** How the operator ended. 'lost': by the lease, and the process must not go on. */
export type End = 'stopped' | 'lost';

/**
 * Builds the operator and runs it until `stop` aborts or the lease is lost. Informers run from the start, so that a
 * standby takes over with warm caches; controllers and the sampler run only while this process leads.
 */
export async function runOperator(input: {
  readonly config: Config;
  readonly transport: Transport;
  readonly log: Log;
  readonly stop: AbortSignal;
}): Promise<End> {
  const { config, transport, log, stop } = input;
  const metrics = makeMetrics();
  const unguarded = makeKubeClient(transport, () => undefined);
  const lease = config.leaderElection ? makeLease(config, unguarded, log) : undefined;
  const kube = makeKubeClient(transport, () => lease?.assertLeader());
  const informers = makeInformers({ kube, namespaces: config.watchNamespaces, clock: systemClock, log });
  const temporal = makeTemporalClients();
  const http = await startHttp(probes(config, informers, metrics));

  // Ends everything that only reads; passes have a signal of their own and get time to finish.
  const background = new AbortController();
  const watching = allInformers(informers).map((informer) => informer.run(background.signal));
  log.info('operator started', { port: http.port, namespaces: config.watchNamespaces, lease: config.lease });
  try {
    await untilStopped(Promise.all(allInformers(informers).map((informer) => informer.synced)), stop);
    if (stop.aborted) return 'stopped';
    log.info('caches filled', {
      objects: Object.fromEntries(
        Object.entries(informers).map(([kind, { store }]) => [kind, store.list().length]),
      ),
    });
    if (lease !== undefined && !(await lease.acquire(stop))) return 'stopped';
    metrics.leader(true);
    log.info('leading');
    return await lead({ config, kube, informers, temporal, metrics, log, lease, stop });
  } finally {
    background.abort();
    await Promise.allSettled([...watching, temporal.close(), http.close()]);
  }
}

interface Leading {
  readonly config: Config;
  readonly kube: KubeClient;
  readonly informers: Informers;
  readonly temporal: TemporalClients;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly lease: LeaderLease | undefined;
  readonly stop: AbortSignal;
}

async function lead(parts: Leading): Promise<End> {
  const { lease, stop, log, metrics } = parts;
  const passes = new AbortController();
  const { controllers, sampler } = makeControllers(parts);
  const working = Promise.all(controllers.map((controller) => controller.run(passes.signal)));
  const end = lease === undefined ? await untilAborted(stop) : await lease.hold(stop);

  for (const controller of controllers) controller.stop();
  metrics.leader(false);
  if (end === 'lost') {
    log.error('lease lost: another operator may write from now on', {});
    passes.abort();
    return end;
  }
  // Renewing has stopped, so passes have at most the rest of the renew deadline; the fence sees to that.
  log.info('stopping: passes under way may finish');
  const timer = setTimeout(() => passes.abort(), STOP_MS);
  await Promise.race([Promise.all([working, sampler.stop()]), untilAborted(passes.signal)]);
  clearTimeout(timer);
  passes.abort();
  await lease?.release();
  return end;
}

function makeControllers(parts: Leading) {
  const { config, kube, informers, temporal, metrics, log } = parts;
  const now = (): Date => new Date();
  const emit = makeEmitter(parts);
  const defaultTemporal = defaultTemporalOf(config);
  const connections = informers.connections.store;
  const resolveConnection = makeResolveConnection({ kube, connections, defaultTemporal, now });
  const sampler = startSampler({
    agents: informers.agents.store,
    resolveConnection,
    temporal,
    gauge: metrics.gauge,
    clock: systemClock,
    intervalMs: config.sampleIntervalSeconds * 1_000,
    onTrouble: (error) => log.warn('pending activities not sampled, trying again', { error }),
  });

  const controller = (
    name: keyof typeof CONCURRENCY,
    sources: readonly AnySource[],
    reconcile: Reconcile,
  ): Controller =>
    new Controller({
      name,
      sources,
      reconcile,
      concurrency: CONCURRENCY[name],
      clock: systemClock,
      random: Math.random,
      observer: { ...metrics.controller(name), failed: failureLog(log.with({ controller: name })) },
    });

  const agents = makeReconcileAgent({
    kube,
    stores: {
      agents: informers.agents.store,
      deployments: informers.deployments.store,
      configMaps: informers.configMaps.store,
      pods: informers.pods.store,
      podDisruptionBudgets: informers.podDisruptionBudgets.store,
      connections,
    },
    temporal,
    events: { emit },
    samples: sampler,
    settings: {
      defaultWorkerImage: config.workerImage,
      defaultTemporal,
      drainConfirmationMs: config.drainConfirmationSeconds * 1_000,
      resyncMs: config.resyncSeconds * 1_000,
    },
    now,
  });
  const runs = makeReconcileRun({
    kube,
    stores: { runs: informers.runs.store, agents: informers.agents.store },
    resolveConnection,
    temporal,
    emit,
    now,
    onRunStarted: (agent) => sampler.runBegan(agent),
  });
  const tconns = makeReconcileConnection({ kube, connections, temporal, emit, now });
  return {
    sampler,
    controllers: [
      controller('durableagent', agentSources(informers), agents),
      controller('agentrun', runSources(informers), runs),
      controller('temporalconnection', connectionSources(informers), tconns),
    ],
  };
}

function makeLease(config: Config, kube: KubeClient, log: Log): LeaderLease {
  return new LeaderLease({
    kube,
    key: { namespace: config.lease.namespace, name: config.lease.name },
    identity: config.lease.identity,
    clock: systemClock,
    onTrouble: (error) => log.warn('lease not renewed, trying again', { error }),
  });
}

function makeEmitter({ config, kube, log }: Leading): Emit {
  return makeEmit({
    kube,
    instance: config.lease.identity,
    clock: systemClock,
    onTrouble: (error) => log.debug('event not written', { error }),
  });
}

function failureLog(
  log: Log,
): (key: { namespace: string; name: string }, error: unknown, kind: 'retry' | 'terminal' | 'bug') => void {
  return (key, error, kind) => {
    const fields = { namespace: key.namespace, name: key.name };
    const reason = error instanceof Error ? error.message : String(error);
    if (kind === 'bug') log.error('pass failed by a bug, trying again', { ...fields, error });
    else if (kind === 'terminal') log.warn('pass failed, waiting for a change', { ...fields, reason });
    else log.info('pass failed, trying again', { ...fields, reason });
  };
}

function probes(config: Config, informers: Informers, metrics: Metrics): Parameters<typeof startHttp>[0] {
  const each = (
    check: (informer: ReturnType<typeof allInformers>[number]) => string | undefined,
  ): Record<string, HealthCheck> =>
    Object.fromEntries(
      Object.entries(informers).map(([kind, { informers: some }]) => [
        kind,
        () => (some as ReturnType<typeof allInformers>).map(check).find((problem) => problem !== undefined),
      ]),
    );
  return {
    port: config.httpPort,
    live: each((informer) =>
      informer.idleMs() > WEDGED_MS
        ? `nothing heard or tried for ${Math.round(informer.idleMs() / 1_000)} s`
        : undefined,
    ),
    ready: each((informer) => (informer.hasSynced ? undefined : 'not listed yet')),
    metrics: metrics.render,
  };
}

function defaultTemporalOf({ temporal }: Config): ConnectionSettings {
  return { address: temporal.address, namespace: temporal.namespace, ...(temporal.tls ? { tls: {} } : {}) };
}

function untilAborted(signal: AbortSignal): Promise<'stopped'> {
  if (signal.aborted) return Promise.resolve('stopped');
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve('stopped'), { once: true }));
}

async function untilStopped(work: Promise<unknown>, stop: AbortSignal): Promise<void> {
  await Promise.race([work, untilAborted(stop)]);
}
