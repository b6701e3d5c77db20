import { describe, expect, it } from 'vitest';
import type { DurableAgentStatus } from '../../crds/v1alpha1/durable-agent.ts';
import type { AgentSample } from './aggregate.ts';
import { GAUGES, seriesOf, type GaugeName, type SampledAgent } from './series.ts';

const status: DurableAgentStatus = {
  taskQueue: 'team-a.agent',
  versions: [
    { buildID: 'b1', state: 'Draining', replicas: 1, readyReplicas: 1, image: 'worker:1', snapshot: 's1' },
    { buildID: 'b2', state: 'Current', replicas: 1, readyReplicas: 1, image: 'worker:2', snapshot: 's2' },
  ],
  conditions: [
    {
      type: 'Ready',
      status: 'True',
      reason: 'Serving',
      message: '',
      lastTransitionTime: '2026-11-21T00:00:00Z',
    },
  ],
};
const sample: AgentSample = {
  open: 2,
  ratio: 1,
  pending: { total: 3, retrying: 1, maxAttempt: 4 },
  versions: [
    { version: 'b1', openRuns: 2, pending: { scheduled: 1, started: 1, backing_off: 1 }, maxAttempt: 4 },
  ],
  backlog: { workflow: 0, activity: 5 },
};
const agent: SampledAgent = { namespace: 'team-a', agent: 'agent', status, sample };

const values = (agents: readonly SampledAgent[], name: GaugeName) =>
  Object.fromEntries(
    seriesOf(agents)[name].map(({ labels, value }) => [
      Object.entries(labels)
        .filter(([key]) => key !== 'namespace' && key !== 'agent')
        .map(([, text]) => text)
        .join(' '),
      value,
    ]),
  );

describe('seriesOf', () => {
  it('reports every state of every version, zeros included', () => {
    expect(values([agent], 'durable_agent_pending_activities')).toEqual({
      'b1 scheduled': 1,
      'b1 started': 1,
      'b1 backing_off': 1,
      'b2 scheduled': 0,
      'b2 started': 0,
      'b2 backing_off': 0,
    });
    expect(values([agent], 'durable_agent_open_runs')).toEqual({ b1: 2, b2: 0 });
    expect(values([agent], 'durable_agent_pending_activity_max_attempt')).toEqual({ b1: 4, b2: 0 });
    expect(values([agent], 'durable_agent_task_queue_backlog')).toEqual({ workflow: 0, activity: 5 });
  });

  it('shows the status of every condition and the state of every version', () => {
    expect(values([agent], 'durable_agent_condition')).toEqual({
      'Ready True': 1,
      'Ready False': 0,
      'Ready Unknown': 0,
    });
    expect(values([agent], 'durable_agent_version_info')).toEqual({
      'b1 Draining worker:1': 1,
      'b2 Current worker:2': 1,
    });
  });

  it('drops what only Temporal knows when it cannot be asked, and keeps what Kubernetes knows', () => {
    const series = seriesOf([{ ...agent, sample: undefined }]);
    const present = (Object.keys(GAUGES) as GaugeName[]).filter((name) => series[name].length > 0);
    expect(present).toEqual(['durable_agent_version_info', 'durable_agent_condition']);
  });

  it('uses exactly the labels each gauge declares, and never a run', () => {
    for (const [name, samples] of Object.entries(seriesOf([agent]))) {
      for (const { labels } of samples)
        expect(Object.keys(labels).toSorted()).toEqual([...GAUGES[name as GaugeName].labels].toSorted());
    }
  });
});
