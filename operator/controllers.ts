import { makeReconcileAgent } from './agent/reconcile.ts';
import type { Config } from './config.ts';
import { makeReconcileConnection } from './connection/reconcile.ts';
import { makeResolveConnection } from './connection/resolver.ts';
import { systemClock } from './engine/clock.ts';
import { Controller, type AnySource } from './engine/controller.ts';
import type { Reconcile } from './engine/reconciler.ts';
import type { Informers } from './informers.ts';
import type { KubeClient } from './kube/port.ts';
import { makeReconcileRun } from './run/reconcile.ts';
import { startSampler, type Sampler } from './sampler/sampler.ts';
import { agentSources, connectionSources, runSources, sampleSource } from './sources.ts';
import { makeEmit, type Emit } from './telemetry/events.ts';
import type { Log } from './telemetry/log.ts';
import type { Metrics } from './telemetry/metrics.ts';
import type { ConnectionSettings, TemporalClients } from './temporal/port.ts';

/** Passes at once. A pass waits for the API server and for Temporal most of its time. */
const CONCURRENCY = { durableagent: 8, agentrun: 16, temporalconnection: 4 };

export interface ControllerPorts {
  readonly config: Config;
  readonly kube: KubeClient;
  readonly informers: Informers;
  readonly temporal: TemporalClients;
  readonly metrics: Metrics;
  readonly log: Log;
  /** Ends what runs between the passes. */
  readonly signal: AbortSignal;
}

/** The controllers of the three kinds, and the sampler, which starts at once: make them when this process leads. */
export function makeControllers(parts: ControllerPorts): {
  readonly controllers: readonly Controller[];
  readonly sampler: Sampler;
} {
  const { config, kube, informers, temporal, metrics, log, signal } = parts;
  const now = (): Date => new Date();
  const emit = makeEmitter(parts);
  const defaultTemporal = defaultTemporalOf(config);
  const connections = informers.connections.store;
  const resolveConnection = makeResolveConnection({ kube, connections, defaultTemporal, now });
  const intervalMs = config.sampleIntervalSeconds * 1_000;
  const sampler = startSampler({
    agents: informers.agents.store,
    resolveConnection,
    temporal,
    gauge: metrics.gauge,
    clock: systemClock,
    intervalMs,
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
  const fromSamples = sampleSource({
    agents: informers.agents.store,
    sampler,
    clock: systemClock,
    intervalMs,
    signal,
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
      controller('durableagent', [...agentSources(informers), fromSamples], agents),
      controller('agentrun', runSources(informers), runs),
      controller('temporalconnection', connectionSources(informers), tconns),
    ],
  };
}

function makeEmitter({ config, kube, log }: ControllerPorts): Emit {
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

function defaultTemporalOf({ temporal }: Config): ConnectionSettings {
  return { address: temporal.address, namespace: temporal.namespace, ...(temporal.tls ? { tls: {} } : {}) };
}
