import { describe, expect, it } from 'vitest';
import * as resourceTypes from '../../operator/kube/resource-types.ts';
import { ENV_PREFIX, readConfig } from '../../operator/config.ts';
import { at, lint, only, refusal, render, type Manifest } from './render.ts';

const external = { temporal: { address: 'temporal.example.com:7233', embedded: { enabled: false } } };

const kinds = (manifests: readonly Manifest[]) => new Set(manifests.map(({ kind }) => kind));
const operator = (manifests: readonly Manifest[]) => only(manifests, 'Deployment', 'durable-agents-operator');

const valueSets: Readonly<Record<string, object>> = {
  default: {},
  'external Temporal': external,
  'namespaced mode': { watchNamespaces: ['a', 'b'] },
  'two replicas': { operator: { replicas: 2 } },
  monitoring: { monitoring: { serviceMonitor: { enabled: true }, podMonitor: { enabled: true } } },
  'network policies': { networkPolicy: { enabled: true } },
  'no persistence': { temporal: { embedded: { persistence: { enabled: false } } } },
  'existing claim': { temporal: { embedded: { persistence: { existingClaim: 'mine' } } } },
  everything: {
    imagePullSecrets: [{ name: 'registry' }],
    operator: {
      image: { repository: 'r/operator', digest: `sha256:${'a'.repeat(64)}` },
      podAnnotations: { a: 'b' },
      podLabels: { c: 'd' },
      nodeSelector: { e: 'f' },
      tolerations: [{ operator: 'Exists' }],
      affinity: { nodeAffinity: {} },
      topologySpreadConstraints: [{ maxSkew: 2, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule' }],
      priorityClassName: 'high',
    },
    serviceAccount: { annotations: { g: 'h' } },
    temporal: {
      embedded: {
        nodeSelector: { e: 'f' },
        tolerations: [{ operator: 'Exists' }],
        affinity: { podAffinity: {} },
      },
    },
  },
};

describe.each(Object.entries(valueSets))('with values: %s', (_, values) => {
  const manifests = render(values);

  it('passes helm lint', () => {
    expect(lint(values)).toContain('0 chart(s) failed');
  });

  it('runs every pod restricted, with a read-only root and limits', () => {
    for (const workload of manifests.filter(({ kind }) => kind === 'Deployment' || kind === 'StatefulSet')) {
      expect(at(workload, 'spec.template.spec.securityContext')).toMatchObject({
        runAsNonRoot: true,
        seccompProfile: { type: 'RuntimeDefault' },
      });
      const containers = at(workload, 'spec.template.spec.containers') as readonly unknown[];
      for (const container of containers) {
        expect(at(container, 'securityContext')).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        });
        expect(at(container, 'resources.limits.memory')).toBeDefined();
        expect([at(container, 'livenessProbe'), at(container, 'readinessProbe')]).not.toContain(undefined);
      }
    }
  });

  it('gives the operator an environment it accepts', () => {
    const env = at(operator(manifests), 'spec.template.spec.containers.0.env') as readonly {
      name: string;
      value?: string;
    }[];
    expect(env.every(({ name }) => name.startsWith(ENV_PREFIX))).toBe(true);
    const fromTheAPI = 'pod-facts';
    const config = readConfig(
      Object.fromEntries(env.map(({ name, value }) => [name, value ?? fromTheAPI])),
      [],
    );
    expect(config).toMatchObject({
      lease: { name: 'durable-agents-operator', identity: fromTheAPI },
      httpPort: 8080,
    });
  });
});

it('installs with no values at all: definitions, operator, rights, and a Temporal the operator knows', () => {
  const manifests = render();
  expect(
    manifests.filter(({ kind }) => kind === 'CustomResourceDefinition').map(({ metadata }) => metadata.name),
  ).toEqual(
    expect.arrayContaining([
      'agentruns.durableagents.dev',
      'durableagents.durableagents.dev',
      'temporalconnections.durableagents.dev',
    ]),
  );
  const env = at(operator(manifests), 'spec.template.spec.containers.0.env');
  expect(env).toContainEqual({
    name: 'DURABLE_AGENTS_TEMPORAL_ADDRESS',
    value: 'durable-agents-temporal.system.svc:7233',
  });
  expect(env).toContainEqual({
    name: 'DURABLE_AGENTS_WORKER_IMAGE',
    value: 'ghcr.io/durable-agents/worker:0.1.0',
  });
  const temporal = only(manifests, 'StatefulSet');
  expect(at(temporal, 'spec.template.spec.containers.0.args')).toEqual(
    expect.arrayContaining([
      '--ip=0.0.0.0',
      '--dynamic-config-value=history.transferProcessorMaxPollRPS=2000',
    ]),
  );
  expect(at(temporal, 'spec.volumeClaimTemplates.0.spec.resources.requests.storage')).toBe('2Gi');
  expect(kinds(manifests)).not.toContain('PodDisruptionBudget');
});

it('keeps the resource definitions when it is uninstalled, and leaves them out when told so', () => {
  const definitions = render().filter(({ kind }) => kind === 'CustomResourceDefinition');
  for (const definition of definitions) {
    expect(at(definition, 'metadata.annotations')).toHaveProperty(['helm.sh/resource-policy'], 'keep');
  }
  expect(kinds(render({ crds: { install: false } }))).not.toContain('CustomResourceDefinition');
});

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

const rulesOf = (manifest: Manifest) => manifest['rules'] as readonly Rule[];

it('grants rights on exactly the kinds the operator touches, and Secrets by name only', () => {
  const manifests = render();
  const rules = [
    ...rulesOf(only(manifests, 'ClusterRole')),
    ...rulesOf(only(manifests, 'Role', 'durable-agents-operator-lease')),
  ];
  const granted = rules.flatMap(({ apiGroups, resources }) =>
    apiGroups.flatMap((group) => resources.map((resource) => `${group}/${resource.split('/')[0]}`)),
  );
  const touched = Object.values(resourceTypes).map(({ group, plural }) => `${group}/${plural}`);
  expect(new Set(granted)).toEqual(new Set(touched));
  expect(rules.flatMap(({ verbs }) => verbs)).not.toContain('*');
  expect(rules.filter(({ resources }) => resources.includes('secrets')).map(({ verbs }) => verbs)).toEqual([
    ['get'],
  ]);
});

it('has no right outside the watched namespaces but its lease', () => {
  const manifests = render({ watchNamespaces: ['a', 'b'] });
  expect(kinds(manifests)).not.toContain('ClusterRole');
  expect(kinds(manifests)).not.toContain('ClusterRoleBinding');
  const roles = manifests.filter(({ kind }) => kind === 'Role');
  expect(roles.map(({ metadata }) => metadata.namespace)).toEqual(
    expect.arrayContaining(['a', 'b', 'system']),
  );
  expect(roles).toHaveLength(3);
  const [inA] = roles.filter(({ metadata }) => metadata.namespace === 'a');
  const [everywhere] = render().filter(({ kind }) => kind === 'ClusterRole');
  expect(inA?.['rules']).toEqual(everywhere?.['rules']);
  const lease = only(manifests, 'Role', 'durable-agents-operator-lease');
  expect(rulesOf(lease).flatMap(({ resources }) => resources)).toEqual(['leases', 'leases']);
  for (const binding of manifests.filter(({ kind }) => kind === 'RoleBinding')) {
    expect(binding['subjects']).toEqual([
      { kind: 'ServiceAccount', name: 'durable-agents-operator', namespace: 'system' },
    ]);
  }
  expect(at(operator(manifests), 'spec.template.spec.containers.0.env')).toContainEqual({
    name: 'DURABLE_AGENTS_WATCH_NAMESPACES',
    value: 'a,b',
  });
});

it('points the operator to an external Temporal and runs none of its own', () => {
  const manifests = render({ temporal: { ...external.temporal, namespace: 'prod', tls: { enabled: true } } });
  expect(kinds(manifests)).not.toContain('StatefulSet');
  expect(at(operator(manifests), 'spec.template.spec.containers.0.env')).toEqual(
    expect.arrayContaining([
      { name: 'DURABLE_AGENTS_TEMPORAL_ADDRESS', value: 'temporal.example.com:7233' },
      { name: 'DURABLE_AGENTS_TEMPORAL_NAMESPACE', value: 'prod' },
      { name: 'DURABLE_AGENTS_TEMPORAL_TLS', value: 'true' },
    ]),
  );
});

it('protects several replicas with a PodDisruptionBudget over the same pods', () => {
  const manifests = render({ operator: { replicas: 2 } });
  const budget = only(manifests, 'PodDisruptionBudget');
  expect(at(budget, 'spec.selector')).toEqual(at(operator(manifests), 'spec.selector'));
});

it('monitors the operator and the workers of the watched namespaces', () => {
  const monitoring = {
    serviceMonitor: { enabled: true, labels: { release: 'prometheus' } },
    podMonitor: { enabled: true },
  };
  const manifests = render({ monitoring, watchNamespaces: ['a'] });
  const service = only(manifests, 'Service', 'durable-agents-operator');
  const monitor = only(manifests, 'ServiceMonitor');
  expect(monitor.metadata.labels).toMatchObject({ release: 'prometheus' });
  expect(service.metadata.labels).toMatchObject(at(monitor, 'spec.selector.matchLabels') as object);
  expect(at(only(manifests, 'PodMonitor'), 'spec.namespaceSelector')).toEqual({ matchNames: ['a'] });
});

it('lets an operator behind a NetworkPolicy reach DNS, the API server and Temporal only', () => {
  const manifests = render({ networkPolicy: { enabled: true }, ...external });
  const egress = at(only(manifests, 'NetworkPolicy'), 'spec.egress') as readonly {
    ports: readonly { port: number }[];
  }[];
  expect(egress.flatMap(({ ports }) => ports.map(({ port }) => port))).toEqual([53, 53, 443, 6443, 7233]);
});

it('keeps the database of the embedded Temporal where the values say', () => {
  const volumes = (persistence: object) => {
    const set = only(render({ temporal: { embedded: { persistence } } }), 'StatefulSet');
    return {
      templates: at(set, 'spec.volumeClaimTemplates'),
      volumes: at(set, 'spec.template.spec.volumes'),
    };
  };
  expect(volumes({ enabled: false })).toMatchObject({
    templates: undefined,
    volumes: [{}, { name: 'data', emptyDir: {} }],
  });
  expect(volumes({ existingClaim: 'mine' })).toMatchObject({
    templates: undefined,
    volumes: [{}, { name: 'data', persistentVolumeClaim: { claimName: 'mine' } }],
  });
});

it('names everything after a release of another name', () => {
  const named = render({}, 'prod').filter(({ kind }) => kind !== 'CustomResourceDefinition');
  for (const { metadata } of named) expect(metadata.name).toMatch(/^prod-durable-agents/);
});

it.each([
  [
    'a misspelt value',
    { operator: { replicsa: 2 } },
    /'\/operator': additional properties 'replicsa' not allowed/,
  ],
  ['a wrong type', { operator: { replicas: 'two' } }, /'\/operator\/replicas': got string, want integer/],
  [
    'a namespace that is none',
    { watchNamespaces: ['Not_A_Name'] },
    /'\/watchNamespaces\/0'.*does not match pattern/,
  ],
  [
    'an address without port',
    { temporal: { address: 'temporal', embedded: { enabled: false } } },
    /'\/temporal\/address'/,
  ],
  ['no Temporal', { temporal: { embedded: { enabled: false } } }, /No Temporal to run agents on/],
  ['two Temporals', { temporal: { address: 'a:7233' } }, /both set/],
  ['TLS to the embedded Temporal', { temporal: { tls: { enabled: true } } }, /speaks no TLS/],
])('refuses %s and says why', (_, values, message) => {
  expect(refusal(values)).toMatch(message);
});
