import { describe, expect, it } from 'vitest';
import { worker as workerSchema } from '../../../crds/v1alpha1/worker.ts';
import { targetOf } from '../observe/target.ts';
import { agentIdentity, connection, IMAGE, specOf } from '../test-world.ts';
import { deployment } from './deployment.ts';
import { podDisruptionBudget } from './pod-disruption-budget.ts';
import { snapshotConfigMap } from './snapshot-config-map.ts';
import type { VersionInput } from './version-input.ts';

/** Everything a spec can say about its workers. */
const EVERYTHING = specOf({
  model: { name: 'gpt-test', apiKeySecretRef: { name: 'openai', key: 'key' } },
  tools: [
    {
      name: 'lookup',
      description: 'Looks something up.',
      http: {
        url: 'https://api.example/items/{id}',
        headersFrom: [
          { name: 'authorization', prefix: 'Bearer ', secretKeyRef: { name: 'api', key: 'token' } },
          { name: 'x-tenant', secretKeyRef: { name: 'api', key: 'tenant' } },
        ],
      },
      inputSchema: { type: 'object', properties: { id: { type: 'string' } } },
    },
    {
      name: 'again',
      description: 'The same secret once more.',
      http: {
        url: 'https://api.example',
        headersFrom: [{ name: 'authorization', secretKeyRef: { name: 'api', key: 'token' } }],
      },
      inputSchema: { type: 'object' },
    },
    { name: 'compute', module: { configMapKeyRef: { name: 'tools', key: 'compute.ts' } } },
  ],
  worker: {
    replicas: 2,
    concurrency: { activities: 7, workflowTasks: 3 },
    shutdownGracePeriod: '1m30s',
    resources: { requests: { cpu: '0.5', memory: '1024Mi' }, limits: { memory: '2Gi' } },
    env: [
      { name: 'MODE', value: 'fast' },
      { name: 'EMPTY', value: '' },
      { name: 'TOKEN', valueFrom: { secretKeyRef: { name: 'env', key: 'token' } } },
      { name: 'FLAG', valueFrom: { configMapKeyRef: { name: 'flags', key: 'flag' } } },
    ],
    podTemplate: {
      labels: { team: 'search' },
      annotations: { 'example.com/note': 'hello' },
      nodeSelector: { 'kubernetes.io/os': 'linux' },
      tolerations: [{ key: 'dedicated', operator: 'Equal', value: 'agents', effect: 'NoSchedule' }],
      priorityClassName: 'system-cluster-critical',
      imagePullSecrets: [{ name: 'registry' }],
    },
  },
});

function inputOf(spec: typeof EVERYTHING, overrides: Partial<VersionInput> = {}): VersionInput {
  const target = targetOf({
    agent: agentIdentity,
    spec,
    text: () => 'export default 1;',
    known: [],
    preferredBuildID: undefined,
    defaultWorkerImage: IMAGE,
  });
  return {
    agent: agentIdentity,
    buildID: target.buildID,
    snapshot: target.snapshot,
    snapshotMap: { name: `assistant-${target.buildID}`, uid: 'snapshot-uid' },
    taskQueue: 'shop.assistant',
    worker: spec.worker ?? workerSchema.parse({}),
    connection,
    revisions: [],
    replicas: spec.worker?.replicas ?? 1,
    ...overrides,
  };
}

const json = (value: unknown) => `${JSON.stringify(value, undefined, 2)}\n`;

describe('objects of a version', () => {
  it('are small for a small spec', async () => {
    await expect(json(deployment(inputOf(specOf({}))))).toMatchFileSnapshot(
      'golden/deployment-minimal.generated.json',
    );
  });

  it('carry everything a spec can say', async () => {
    const input = inputOf(EVERYTHING, {
      connection: {
        address: 'eu.temporal.example:7233',
        namespace: 'agents',
        tls: true,
        serverName: 'temporal.internal',
        credentials: [
          { secret: 'temporal-ca', key: 'bundle.pem', file: 'ca.crt' },
          { secret: 'temporal-client', key: 'tls.crt', file: 'tls.crt' },
          { secret: 'temporal-client', key: 'tls.key', file: 'tls.key' },
        ],
      },
      revisions: ['uid/1'],
    });
    await expect(json(deployment(input))).toMatchFileSnapshot('golden/deployment-everything.generated.json');
    const budget = podDisruptionBudget(agentIdentity, input.buildID, input.snapshotMap);
    await expect(json(budget)).toMatchFileSnapshot('golden/pod-disruption-budget.generated.json');
  });

  it('name a snapshot by its content', async () => {
    const target = targetOf({
      agent: agentIdentity,
      spec: specOf({ instructions: 'Grüße 👋' }),
      text: () => undefined,
      known: [],
      preferredBuildID: undefined,
      defaultWorkerImage: IMAGE,
    });
    await expect(json(snapshotConfigMap(agentIdentity, target))).toMatchFileSnapshot(
      'golden/snapshot-config-map.generated.json',
    );
  });

  it('leave the agent out of their owners while it is being deleted', () => {
    const owners = (deleting: boolean) =>
      deployment(
        inputOf(specOf({}), { agent: { ...agentIdentity, deleting } }),
      ).metadata.ownerReferences?.map(({ kind }) => kind);
    expect(owners(false)).toEqual(['DurableAgent', 'ConfigMap']);
    expect(owners(true)).toEqual(['ConfigMap']);
  });

  it('never let labels of the user move a pod to another version', () => {
    const input = inputOf(specOf({}), {
      worker: workerSchema.parse({}),
    });
    const hijacked = {
      ...input,
      worker: {
        ...input.worker,
        podTemplate: {
          labels: { 'durableagents.dev/build-id': 'other', 'durableagents.dev/agent': 'other' },
        },
      },
    };
    const { spec } = deployment(hijacked) as { spec?: { template?: { metadata?: { labels?: unknown } } } };
    expect(spec?.template?.metadata?.labels).toMatchObject({
      'durableagents.dev/build-id': input.buildID,
      'durableagents.dev/agent': 'assistant',
    });
  });
});
