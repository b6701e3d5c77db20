import { z } from 'zod';
import { agentRunSpec, agentRunStatus, type AgentRunSpec, type AgentRunStatus } from './agent-run.ts';
import {
  durableAgentSpec,
  durableAgentStatus,
  type DurableAgentSpec,
  type DurableAgentStatus,
} from './durable-agent.ts';
import { API_VERSION } from './group.ts';
import { withRules } from './rules.ts';
import {
  temporalConnectionSpec,
  temporalConnectionStatus,
  type TemporalConnectionSpec,
  type TemporalConnectionStatus,
} from './temporal-connection.ts';

/** The part of `metadata` this project reads. The API server owns its validation. */
export interface ObjectMeta {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
}

export interface Resource<Spec, Status> {
  readonly apiVersion: typeof API_VERSION;
  readonly kind: string;
  readonly metadata: ObjectMeta;
  readonly spec: Spec;
  readonly status?: Status;
}

export type DurableAgent = Resource<DurableAgentSpec, DurableAgentStatus> & { readonly kind: 'DurableAgent' };
export type AgentRun = Resource<AgentRunSpec, AgentRunStatus> & { readonly kind: 'AgentRun' };
export type TemporalConnection = Resource<TemporalConnectionSpec, TemporalConnectionStatus> & {
  readonly kind: 'TemporalConnection';
};

const metadata = z.looseObject({ name: z.string().min(1).max(253) });

/** Longest name of an agent: it is part of label values and, with a build ID, of the names of its Deployments (63). */
const MAX_AGENT_NAME = 40;

function kind<S extends z.ZodType, T extends z.ZodType>(name: string, spec: S, status: T) {
  return z.strictObject({
    apiVersion: z.literal(API_VERSION),
    kind: z.literal(name),
    metadata,
    spec,
    status: status.optional(),
  });
}

export const durableAgent = withRules(kind('DurableAgent', durableAgentSpec, durableAgentStatus), [
  {
    cel: `self.metadata.name.size() <= ${MAX_AGENT_NAME} && self.metadata.name.matches('^[a-z]([-a-z0-9]*[a-z0-9])?$')`,
    message: `metadata.name must be at most ${MAX_AGENT_NAME} lower-case letters, digits and -, beginning with a letter`,
    fieldPath: '.metadata.name',
    check: (self) =>
      self.metadata.name.length <= MAX_AGENT_NAME && /^[a-z]([-a-z0-9]*[a-z0-9])?$/.test(self.metadata.name),
  },
]);
export const agentRun = kind('AgentRun', agentRunSpec, agentRunStatus);
export const temporalConnection = kind(
  'TemporalConnection',
  temporalConnectionSpec,
  temporalConnectionStatus,
);

export interface PrinterColumn {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'date';
  readonly jsonPath: string;
  readonly priority?: 0 | 1;
  readonly description?: string;
}

export interface KindDefinition {
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly description: string;
  readonly schema: z.ZodType;
  readonly columns: readonly PrinterColumn[];
  readonly scale?: boolean;
}

const ready = (type: string) => `.status.conditions[?(@.type=="${type}")].status`;
const age: PrinterColumn = { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' };

/** Every kind with what `kubectl` shows of it. The CRDs, the reference documentation and the parsers come from this list. */
export const KINDS: readonly KindDefinition[] = [
  {
    kind: 'DurableAgent',
    plural: 'durableagents',
    singular: 'durableagent',
    shortNames: ['dagent'],
    description:
      'An agent that runs as a fleet of Temporal workers: every model call and tool call is a durable step.',
    schema: durableAgent,
    scale: true,
    columns: [
      { name: 'Ready', type: 'string', jsonPath: ready('Ready') },
      { name: 'Model', type: 'string', jsonPath: '.spec.model.name' },
      { name: 'Queue', type: 'string', jsonPath: '.status.taskQueue' },
      { name: 'Current', type: 'string', jsonPath: '.status.currentVersion' },
      { name: 'Target', type: 'string', jsonPath: '.status.targetVersion' },
      { name: 'Workers', type: 'integer', jsonPath: '.status.readyReplicas' },
      { name: 'Runs', type: 'integer', jsonPath: '.status.runs.open' },
      age,
      { name: 'Retrying', type: 'integer', jsonPath: '.status.pendingActivities.retrying', priority: 1 },
      {
        name: 'Reason',
        type: 'string',
        jsonPath: '.status.conditions[?(@.type=="Ready")].reason',
        priority: 1,
      },
    ],
  },
  {
    kind: 'AgentRun',
    plural: 'agentruns',
    singular: 'agentrun',
    shortNames: ['arun'],
    description:
      'One run of an agent: started, watched, answered and cancelled with kubectl. The run itself lives in Temporal.',
    schema: agentRun,
    columns: [
      { name: 'Agent', type: 'string', jsonPath: '.spec.agentRef.name' },
      { name: 'Phase', type: 'string', jsonPath: '.status.phase' },
      { name: 'Turns', type: 'integer', jsonPath: '.status.turns' },
      { name: 'Version', type: 'string', jsonPath: '.status.version' },
      age,
      { name: 'Workflow', type: 'string', jsonPath: '.status.workflowID', priority: 1 },
      { name: 'Output', type: 'string', jsonPath: '.status.output', priority: 1 },
    ],
  },
  {
    kind: 'TemporalConnection',
    plural: 'temporalconnections',
    singular: 'temporalconnection',
    shortNames: ['tconn'],
    description: 'A Temporal server, with the credentials for it.',
    schema: temporalConnection,
    columns: [
      { name: 'Ready', type: 'string', jsonPath: ready('Ready') },
      { name: 'Address', type: 'string', jsonPath: '.spec.address' },
      { name: 'Namespace', type: 'string', jsonPath: '.spec.namespace' },
      { name: 'Server', type: 'string', jsonPath: '.status.serverVersion' },
      age,
    ],
  },
];
