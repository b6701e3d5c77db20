import type { Config } from './config.ts';
import { makeControllers, type ControllerPorts } from './controllers.ts';
import { sleep, systemClock } from './engine/clock.ts';
import { LeaderLease } from './engine/lease.ts';
import { startHttp, type HealthCheck } from './http/server.ts';
import { allInformers, makeInformers, type Informers } from './informers.ts';
import { makeKubeClient } from './kube/client.ts';
import type { KubeClient } from './kube/port.ts';
import type { Transport } from './kube/transport.ts';
import type { Log } from './telemetry/log.ts';
import { makeMetrics, type Metrics } from './telemetry/metrics.ts';
import { makeTemporalClients } from './temporal/clients.ts';

/** Passes may finish so long after SIGTERM; the chart's termination grace period is longer. */
const STOP_MS = 10_000;

/** Short, so that one call that hangs leaves time for another try before the renew deadline (engine/lease.ts). */
const LEASE_TIMEOUTS = { readMs: 3_000, writeMs: 3_000 };

/** For sockets to close when everything that writes has ended. */
const CLOSE_MS = 1_000;

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
  const unguarded = makeKubeClient(transport, () => undefined, LEASE_TIMEOUTS);
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
    if (lease !== undefined) await untilStopped(lease.acquire(stop), stop);
    if (stop.aborted) return 'stopped';
    metrics.leader(true);
    log.info('leading');
    return await lead({ config, kube, informers, temporal, metrics, log, lease, stop });
  } finally {
    background.abort();
    const closing = Promise.allSettled([...watching, temporal.close(), http.close()]);
    // A list that hangs is not worth waiting for: the process ends.
    await Promise.race([closing, sleep(systemClock, CLOSE_MS, new AbortController().signal)]);
  }
}

interface Leading extends Omit<ControllerPorts, 'signal'> {
  readonly lease: LeaderLease | undefined;
  readonly stop: AbortSignal;
}

async function lead(parts: Leading): Promise<End> {
  const { lease, stop, log, metrics } = parts;
  const passes = new AbortController();
  const { controllers, sampler } = makeControllers({ ...parts, signal: passes.signal });
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

function makeLease(config: Config, kube: KubeClient, log: Log): LeaderLease {
  return new LeaderLease({
    kube,
    key: { namespace: config.lease.namespace, name: config.lease.name },
    identity: config.lease.identity,
    clock: systemClock,
    onTrouble: (error) => log.warn('lease not renewed, trying again', { error }),
  });
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

function untilAborted(signal: AbortSignal): Promise<'stopped'> {
  if (signal.aborted) return Promise.resolve('stopped');
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve('stopped'), { once: true }));
}

async function untilStopped(work: Promise<unknown>, stop: AbortSignal): Promise<void> {
  await Promise.race([work, untilAborted(stop)]);
}
