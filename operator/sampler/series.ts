import type { DurableAgentStatus } from '../../crds/v1alpha1/durable-agent.ts';
import type { Sample } from '../telemetry/metrics.ts';
import { STATES, type AgentSample } from './aggregate.ts';

/** One agent as the gauges show it. `sample` is undefined while Temporal cannot be asked: absent beats wrong. */
export interface SampledAgent {
  readonly namespace: string;
  readonly agent: string;
  readonly status: DurableAgentStatus;
  readonly sample: AgentSample | undefined;
}

const AGENT = ['namespace', 'agent'] as const;
const VERSION = [...AGENT, 'version'] as const;

/** The operator's gauges about agents: names, help and labels are API. Never labelled by run. */
export const GAUGES = {
  durable_agent_pending_activities: {
    help: 'Steps of open runs that are not done, by state: scheduled (waits for a worker), started, backing_off (waits for its next attempt).',
    labels: [...VERSION, 'state'],
  },
  durable_agent_pending_activity_max_attempt: {
    help: 'Highest attempt among the pending steps of the version; 0 when none is pending.',
    labels: VERSION,
  },
  durable_agent_pending_activities_sample_ratio: {
    help: 'Open runs that were read for durable_agent_pending_activities, divided by the open runs: 1 means the figures are complete.',
    labels: AGENT,
  },
  durable_agent_open_runs: {
    help: 'Open runs by version; version "none" has not had its first workflow task yet.',
    labels: VERSION,
  },
  durable_agent_task_queue_backlog: {
    help: 'Tasks waiting in the task queue of the agent for a worker, as Temporal estimates them, by type: workflow or activity.',
    labels: [...AGENT, 'type'],
  },
  durable_agent_version_info: {
    help: '1 for every version of an agent, with its state and image.',
    labels: [...VERSION, 'state', 'image'],
  },
  durable_agent_condition: {
    help: '1 for the status (True, False, Unknown) a condition of an agent has, 0 for the other two.',
    labels: [...AGENT, 'type', 'status'],
  },
} as const;
export type GaugeName = keyof typeof GAUGES;

/** Every series of every gauge. What is not in it does not exist any more. Pure. */
export function seriesOf(agents: readonly SampledAgent[]): Readonly<Record<GaugeName, readonly Sample[]>> {
  return {
    durable_agent_pending_activities: agents.flatMap(pendingSeries),
    durable_agent_pending_activity_max_attempt: perVersion(agents, ({ maxAttempt }) => maxAttempt),
    durable_agent_pending_activities_sample_ratio: agents.flatMap((entry) =>
      entry.sample === undefined ? [] : [{ labels: agentLabels(entry), value: entry.sample.ratio }],
    ),
    durable_agent_open_runs: perVersion(agents, ({ openRuns }) => openRuns),
    durable_agent_task_queue_backlog: agents.flatMap((entry) =>
      (['workflow', 'activity'] as const).flatMap((type) =>
        entry.sample === undefined
          ? []
          : [{ labels: { ...agentLabels(entry), type }, value: entry.sample.backlog[type] }],
      ),
    ),
    durable_agent_version_info: agents.flatMap((entry) =>
      (entry.status.versions ?? []).map(({ buildID, state, image }) => ({
        labels: { ...agentLabels(entry), version: buildID, state, image },
        value: 1,
      })),
    ),
    durable_agent_condition: agents.flatMap((entry) =>
      (entry.status.conditions ?? []).flatMap(({ type, status }) =>
        ['True', 'False', 'Unknown'].map((value) => ({
          labels: { ...agentLabels(entry), type, status: value },
          value: value === status ? 1 : 0,
        })),
      ),
    ),
  };
}

function agentLabels({ namespace, agent }: SampledAgent) {
  return { namespace, agent };
}

const NOTHING = {
  openRuns: 0,
  maxAttempt: 0,
  pending: { scheduled: 0, started: 0, backing_off: 0 },
} as const;

/** The sampled versions, and at zero those that Temporal has no open run of: a gauge that returns to 0 must say so. */
function versionsOf({ status, sample }: SampledAgent) {
  if (sample === undefined) return [];
  const sampled = new Map(sample.versions.map((version) => [version.version, version]));
  const known = (status.versions ?? []).map(({ buildID }) => buildID);
  return [...new Set([...known, ...sampled.keys()])]
    .toSorted()
    .map((version) => ({ ...(sampled.get(version) ?? NOTHING), version }));
}

function perVersion(
  agents: readonly SampledAgent[],
  valueOf: (version: ReturnType<typeof versionsOf>[number]) => number,
): readonly Sample[] {
  return agents.flatMap((entry) =>
    versionsOf(entry).map((version) => ({
      labels: { ...agentLabels(entry), version: version.version },
      value: valueOf(version),
    })),
  );
}

function pendingSeries(entry: SampledAgent): readonly Sample[] {
  return versionsOf(entry).flatMap(({ version, pending }) =>
    STATES.map((state) => ({ labels: { ...agentLabels(entry), version, state }, value: pending[state] })),
  );
}
