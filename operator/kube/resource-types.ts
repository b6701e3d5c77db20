import { GROUP, VERSION } from '../../crds/v1alpha1/group.ts';
import type { ResourceType } from './port.ts';

/** Every kind the operator touches; the chart's RBAC grants exactly these. */
export const DURABLE_AGENTS: ResourceType = {
  group: GROUP,
  version: VERSION,
  plural: 'durableagents',
  kind: 'DurableAgent',
};
export const AGENT_RUNS: ResourceType = {
  group: GROUP,
  version: VERSION,
  plural: 'agentruns',
  kind: 'AgentRun',
};
export const TEMPORAL_CONNECTIONS: ResourceType = {
  group: GROUP,
  version: VERSION,
  plural: 'temporalconnections',
  kind: 'TemporalConnection',
};
export const DEPLOYMENTS: ResourceType = {
  group: 'apps',
  version: 'v1',
  plural: 'deployments',
  kind: 'Deployment',
};
export const POD_DISRUPTION_BUDGETS: ResourceType = {
  group: 'policy',
  version: 'v1',
  plural: 'poddisruptionbudgets',
  kind: 'PodDisruptionBudget',
};
export const CONFIG_MAPS: ResourceType = {
  group: '',
  version: 'v1',
  plural: 'configmaps',
  kind: 'ConfigMap',
};
export const SECRETS: ResourceType = {
  group: '',
  version: 'v1',
  plural: 'secrets',
  kind: 'Secret',
};
export const PODS: ResourceType = { group: '', version: 'v1', plural: 'pods', kind: 'Pod' };
export const EVENTS: ResourceType = {
  group: 'events.k8s.io',
  version: 'v1',
  plural: 'events',
  kind: 'Event',
};
export const LEASES: ResourceType = {
  group: 'coordination.k8s.io',
  version: 'v1',
  plural: 'leases',
  kind: 'Lease',
};
