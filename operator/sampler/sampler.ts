import type { ResolveConnection } from '../connection/resolver.ts';
import { statusOf, temporalFieldsOf, type AgentObject } from '../agent/identity.ts';
import { sleep, type Clock } from '../engine/clock.ts';
import type { Store } from '../engine/reconciler.ts';
import type { ObjectKey } from '../kube/port.ts';
import type { GaugeHandle } from '../telemetry/metrics.ts';
import { TemporalError, type TemporalClients } from '../temporal/port.ts';
import type { AgentSample } from './aggregate.ts';
import { sampleAgents, type Target } from './sample-agents.ts';
import { AT_ONCE, nextLook, type Schedule } from './schedule.ts';
import { GAUGES, seriesOf, type GaugeName, type SampledAgent } from './series.ts';

export interface SamplerPorts {
  readonly agents: Pick<Store<AgentObject>, 'list'>;
  readonly resolveConnection: ResolveConnection;
  readonly temporal: TemporalClients;
  /** Makes a gauge, once per name (operator/telemetry/metrics.ts). */
  readonly gauge: (name: string, help: string, labelNames: readonly string[]) => GaugeHandle;
  readonly clock: Clock;
  readonly intervalMs: number;
  /** A bug or an API server that does not answer; Temporal's own failures are conditions of the agents. */
  readonly onTrouble: (error: unknown) => void;
}

export interface Sampler {
  /** The last look at the agent's open runs; undefined before the first, and while Temporal cannot be asked. */
  latest(agent: ObjectKey): AgentSample | undefined;
  /** A run of the agent has just begun: look in the next tick, however idle it was. */
  runBegan(agent: ObjectKey): void;
  /** Ends the sampling and takes every series away. */
  stop(): Promise<void>;
}

interface Seen {
  readonly uid: string;
  schedule: Schedule;
  sample: AgentSample | undefined;
}

/**
 * Asks Temporal in turns what the open runs of every agent are doing, and keeps the gauges. Only the leader runs it: two
 * operators that report the same runs would count everything twice.
 */
export function startSampler(ports: SamplerPorts): Sampler {
  const { agents, clock, intervalMs, onTrouble } = ports;
  const names = Object.keys(GAUGES) as GaugeName[];
  const gauges = new Map(
    names.map((name) => [name, ports.gauge(name, GAUGES[name].help, GAUGES[name].labels)]),
  );
  const seen = new Map<string, Seen>();
  const stopping = new AbortController();

  async function tick(): Promise<void> {
    const present = agents.list();
    const keys = new Set(present.map(keyOf));
    for (const key of seen.keys()) if (!keys.has(key)) seen.delete(key);

    const due: { readonly entry: Seen; readonly target: Target }[] = [];
    for (const agent of present) {
      const entry = entryOf(agent);
      if (entry.schedule.nextAt > clock.monotonic()) continue;
      const target = await targetOf(ports, agent).catch((error: unknown) => onTrouble(error));
      if (target === undefined) note(entry, undefined);
      else due.push({ entry, target });
    }
    const samples = await sampleAgents(due.map(({ target }) => target));
    for (const [index, { entry }] of due.entries()) note(entry, samples[index]);
    publish(present);
  }

  function entryOf(agent: AgentObject): Seen {
    const uid = agent.metadata.uid ?? '';
    const known = seen.get(keyOf(agent));
    if (known?.uid === uid) return known;
    const entry: Seen = { uid, schedule: AT_ONCE, sample: undefined };
    seen.set(keyOf(agent), entry);
    return entry;
  }

  function note(entry: Seen, result: AgentSample | Error | undefined): void {
    if (result === undefined || result instanceof Error) {
      entry.sample = undefined;
      entry.schedule = { nextAt: clock.monotonic() + intervalMs, idleSince: undefined };
      if (result !== undefined && !(result instanceof TemporalError)) onTrouble(result);
      return;
    }
    entry.sample = result;
    entry.schedule = nextLook(entry.schedule, result.open, clock.monotonic(), intervalMs);
  }

  function publish(present: readonly AgentObject[]): void {
    const shown = present.map<SampledAgent>((agent) => ({
      namespace: agent.metadata.namespace ?? '',
      agent: agent.metadata.name,
      status: statusOf(agent),
      sample: seen.get(keyOf(agent))?.sample,
    }));
    const series = seriesOf(shown);
    for (const [name, handle] of gauges) handle.replace(series[name]);
  }

  async function loop(): Promise<void> {
    while (!stopping.signal.aborted) {
      const began = clock.monotonic();
      await tick().catch(onTrouble);
      const rest = Math.max(intervalMs / 10, intervalMs - (clock.monotonic() - began));
      await sleep(clock, rest, stopping.signal);
    }
  }
  const ended = loop();

  return {
    latest: ({ namespace, name }) => seen.get(`${namespace}/${name}`)?.sample,
    runBegan: ({ namespace, name }) => {
      const entry = seen.get(`${namespace}/${name}`);
      if (entry !== undefined) entry.schedule = AT_ONCE;
    },
    stop: async () => {
      stopping.abort();
      await ended;
      for (const handle of gauges.values()) handle.replace([]);
    },
  };
}

/** undefined: the agent has no task queue yet, or its connection is not there. */
async function targetOf(ports: SamplerPorts, agent: AgentObject): Promise<Target | undefined> {
  const { taskQueue, deploymentName, versions } = statusOf(agent);
  if (taskQueue === undefined) return undefined;
  const namespace = agent.metadata.namespace ?? '';
  const resolved = await ports.resolveConnection({ namespace, name: temporalFieldsOf(agent).connectionName });
  if ('missing' in resolved) return undefined;
  return {
    client: ports.temporal.for(resolved.settings),
    taskQueue,
    deploymentName,
    versions: (versions ?? []).map(({ buildID }) => buildID),
  };
}

function keyOf({ metadata }: AgentObject): string {
  return `${metadata.namespace ?? ''}/${metadata.name}`;
}
