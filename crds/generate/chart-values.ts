import { z } from 'zod';

/**
 * Values of the Helm chart: the source of charts/durable-agents/values.schema.json, which Helm holds every install
 * against. Strict everywhere, so that a misspelt value is refused instead of ignored.
 */
const described = <S extends z.ZodType>(schema: S, description: string): S =>
  schema.meta({ description }) as S;
const text = (description: string) => described(z.string(), description);
const flag = (description: string) => described(z.boolean(), description);
const count = (minimum: number, maximum: number, description: string) =>
  described(z.number().int().min(minimum).max(maximum), description);
const strings = (description: string) => described(z.record(z.string(), z.string()), description);
/** Kubernetes' own shapes, which the API server checks. */
const objects = (description: string) => described(z.array(z.looseObject({})), description);
const object = (description: string) => described(z.looseObject({}), description);
const group = <S extends z.core.$ZodLooseShape>(shape: S, description: string) =>
  described(z.strictObject(shape).partial(), description);

const repository = described(
  z
    .string()
    .min(1)
    .regex(/^[^\s@]+$/),
  'Registry and repository, without tag.',
);
const tagOrDigest = {
  tag: described(z.union([z.string(), z.number()]), "Tag. Empty: the chart's appVersion."),
  digest: described(
    z.string().regex(/^(sha256:[0-9a-f]{64})?$/),
    'sha256:… of the image; wins over the tag.',
  ),
};
const pullPolicy = described(
  z.enum(['Always', 'IfNotPresent', 'Never']),
  'When the kubelet pulls the image.',
);
/** A repository there must be: Helm hands `null` on as a missing value. */
const imageNamed = (description: string) =>
  described(z.strictObject({ repository, ...z.strictObject(tagOrDigest).partial().shape }), description);
const imageOfPods = (description: string) =>
  described(
    z.strictObject({ repository, ...z.strictObject({ ...tagOrDigest, pullPolicy }).partial().shape }),
    description,
  );

/** Numbers too: YAML reads `cpu: 1` as one. */
const quantities = (description: string) =>
  described(
    z.record(z.string(), z.union([z.string().regex(/^[0-9]+(\.[0-9]+)?(m|k|Ki|M|Mi|G|Gi)?$/), z.number()])),
    description,
  );
const resources = group(
  { requests: quantities('What the pod is guaranteed.'), limits: quantities('What the pod may not exceed.') },
  'Resources of its container.',
);
const placement = {
  nodeSelector: strings('Nodes the pods may run on.'),
  tolerations: objects('Taints the pods tolerate.'),
  affinity: object('Affinity of the pods.'),
};

const operator = group(
  {
    image: imageOfPods('Its image.'),
    replicas: count(0, 5, 'Pods; one works, the others wait on the lease.'),
    logLevel: described(z.enum(['debug', 'info', 'warn', 'error']), 'Least level that is logged.'),
    drainConfirmationSeconds: count(
      0,
      86_400,
      'How long a version must be seen without open runs before its workers are removed.',
    ),
    resyncSeconds: count(10, 86_400, 'Every object is looked at again at least so often.'),
    sampleIntervalSeconds: count(1, 3_600, 'How often the steps under way are sampled for the metrics.'),
    resources,
    podAnnotations: strings('Annotations added to its pods.'),
    podLabels: strings('Labels added to its pods.'),
    ...placement,
    topologySpreadConstraints: objects('Replaces the default, which spreads replicas over nodes.'),
    priorityClassName: text('Priority class of its pods.'),
  },
  'The operator.',
);

const embedded = group(
  {
    enabled: flag('Run it.'),
    image: imageOfPods('Its image: any whose entrypoint is the temporal CLI.'),
    dynamicConfig: described(
      z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
      "More of the server's dynamic config, by key.",
    ),
    persistence: group(
      {
        enabled: flag('On a volume. false: in the pod, gone with it.'),
        size: described(z.string().regex(/^[0-9]+(Mi|Gi|Ti)$/), 'Size of the volume.'),
        storageClass: text("Storage class of the volume. Empty: the cluster's default."),
        existingClaim: text('Use this PersistentVolumeClaim instead of making one.'),
      },
      'Where its database is.',
    ),
    resources,
    ...placement,
  },
  'A Temporal dev server in this release.',
);

const temporal = group(
  {
    address: described(
      z.string().regex(/^(([A-Za-z0-9.-]+|\[[0-9a-fA-F:]+\]):[0-9]{1,5})?$/),
      'host:port of its frontend, as operator and workers reach it. Needs embedded.enabled: false.',
    ),
    namespace: described(
      z
        .string()
        .min(1)
        .max(255)
        .regex(/^[A-Za-z0-9._-]+$/),
      'Its Temporal namespace.',
    ),
    tls: group(
      { enabled: flag('Connect with TLS, trusting public certificate authorities.') },
      'TLS to temporal.address.',
    ),
    embedded,
  },
  'The Temporal of agents without spec.temporal.connectionRef.',
);

const monitor = (description: string) =>
  group(
    {
      enabled: flag('Create it. Needs the CRDs of the Prometheus Operator.'),
      interval: described(z.string().regex(/^[0-9]+(ms|s|m)$/), 'Time between scrapes.'),
      labels: strings('Labels your Prometheus selects monitors by.'),
    },
    description,
  );

export const chartValues = group(
  {
    global: object('Values Helm shares between charts; none is used.'),
    nameOverride: described(z.string().max(40), "Replaces the chart's name in the names of objects."),
    fullnameOverride: described(z.string().max(40), 'Prefix of the names of all objects.'),
    imagePullSecrets: described(
      z.array(
        z.strictObject({ name: described(z.string().min(1), 'Its name, in the namespace of the release.') }),
      ),
      "Secrets to pull the operator's and the embedded Temporal's image with.",
    ),
    crds: group(
      { install: flag('Install and upgrade them with the chart. They are kept when it is uninstalled.') },
      'The resource definitions.',
    ),
    watchNamespaces: z
      .array(
        z
          .string()
          .max(63)
          .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/),
      )
      .meta({ description: 'Namespaces to watch. Empty: all, with cluster-wide rights.', uniqueItems: true }),
    operator,
    worker: group(
      { image: imageNamed('Image of agents without spec.worker.image.') },
      'The workers of agents.',
    ),
    temporal,
    serviceAccount: group(
      {
        create: flag('Create it.'),
        name: text("Its name. Empty: the operator's, or default when create is false."),
        annotations: strings('Its annotations.'),
      },
      'Account the operator runs as.',
    ),
    rbac: group({ create: flag('Grant them. false: you do.') }, 'Rights of the operator.'),
    monitoring: group(
      {
        serviceMonitor: monitor('ServiceMonitor of the operator.'),
        podMonitor: monitor('PodMonitor of the workers of all agents.'),
      },
      'Scraping by the Prometheus Operator.',
    ),
    networkPolicy: group(
      {
        enabled: flag('Create them.'),
        apiServerPorts: described(
          z.array(z.number().int().min(1).max(65_535)).min(1),
          'Ports of the API server.',
        ),
        metricsFrom: objects('NetworkPolicyPeers that may scrape the operator. Empty: all pods.'),
        temporalFrom: objects(
          'NetworkPolicyPeers that may reach the embedded Temporal besides pods of this cluster.',
        ),
      },
      'NetworkPolicies of the operator and of the embedded Temporal.',
    ),
  },
  'Values of the durable-agents chart.',
);

/** JSON Schema (2020-12) as Helm reads it. */
export function chartValuesSchema(): string {
  return `${JSON.stringify(z.toJSONSchema(chartValues, { io: 'input' }), null, 2)}\n`;
}
