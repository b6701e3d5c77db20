import { z } from 'zod';
import { objectName } from './common.ts';
import { duration, milliseconds } from './duration.ts';
import { withRules } from './rules.ts';

const quantity = z
  .string()
  .max(32)
  .regex(/^[0-9]+(\.[0-9]+)?(m|k|Ki|M|Mi|G|Gi)?$/, 'must be a Kubernetes quantity such as 250m or 512Mi');

const resourceList = z.strictObject({
  cpu: quantity.optional().meta({ description: 'CPU, for instance 250m.' }),
  memory: quantity.optional().meta({ description: 'Memory, for instance 512Mi.' }),
  'ephemeral-storage': quantity.optional().meta({ description: 'Local disk, for instance 256Mi.' }),
});

const envName = z
  .string()
  .min(1)
  .max(256)
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be an environment variable name');

/** Names the operator sets itself. A spec that could override them could make a worker poll as another version. */
const reservedEnv = {
  cel: "!self.name.startsWith('DURABLE_AGENT_') && self.name != 'NODE_OPTIONS'",
  message: 'DURABLE_AGENT_* and NODE_OPTIONS are set by the operator',
  fieldPath: '.name',
  check: (self: { name: string }) => !self.name.startsWith('DURABLE_AGENT_') && self.name !== 'NODE_OPTIONS',
};

const envSource = z.strictObject({
  name: objectName.meta({ description: 'Name of the object, in this namespace.' }),
  key: z.string().min(1).max(253).meta({ description: 'Key in its data.' }),
});

const env = z.array(
  withRules(
    z.strictObject({
      name: envName.meta({ description: 'Name of the variable.' }),
      value: z.string().max(4096).optional().meta({ description: 'Its value.' }),
      valueFrom: withRules(
        z.strictObject({ secretKeyRef: envSource.optional(), configMapKeyRef: envSource.optional() }),
        [
          {
            cel: 'has(self.secretKeyRef) != has(self.configMapKeyRef)',
            message: 'exactly one of secretKeyRef, configMapKeyRef must be set',
            check: (self) => (self.secretKeyRef === undefined) !== (self.configMapKeyRef === undefined),
          },
        ],
      )
        .optional()
        .meta({ description: 'Where its value comes from.' }),
    }),
    [
      reservedEnv,
      {
        cel: 'has(self.value) != has(self.valueFrom)',
        message: 'exactly one of value, valueFrom must be set',
        check: (self) => (self.value === undefined) !== (self.valueFrom === undefined),
      },
    ],
  ),
);

const toleration = z.strictObject({
  key: z.string().max(316).optional(),
  operator: z.enum(['Exists', 'Equal']).optional(),
  value: z.string().max(63).optional(),
  effect: z.enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute']).optional(),
  tolerationSeconds: z.int().min(0).max(2_147_483_647).optional(),
});

export const worker = withRules(
  z.strictObject({
    image: z.string().min(1).max(1024).regex(/^[^\s]+$/, 'must be an image reference').optional().meta({
      description:
        "Worker image. Part of the version: another image is another version. Default: the operator's image for workers.",
    }),
    imagePolicy: z.enum(['Pinned', 'Follow']).default('Pinned').meta({
      description:
        "Without an image of its own: keep the operator's default of the day the version was made (Pinned), or take every new default as a new version (Follow).",
    }),
    replicas: z.int().min(0).max(1000).default(1).meta({ description: 'Worker pods of the current version.' }),
    concurrency: z
      .strictObject({
        activities: z.int().min(1).max(1000).optional().meta({
          description: 'Model and tool calls one pod runs at once. Default: 50.',
        }),
        workflowTasks: z.int().min(2).max(1000).optional().meta({
          description: 'Workflow tasks one pod handles at once. Default: 20.',
        }),
      })
      .optional()
      .meta({ description: 'How much one worker pod does at once.' }),
    shutdownGracePeriod: duration.default('30s').meta({
      description:
        'How long a worker may finish the steps it has in hand when its pod is asked to stop. The pod’s termination grace period is computed from it.',
    }),
    resources: z
      .strictObject({
        requests: resourceList.optional().meta({ description: 'What a worker pod is guaranteed.' }),
        limits: resourceList.optional().meta({ description: 'What a worker pod may not exceed.' }),
      })
      .optional()
      .meta({ description: 'Resources of a worker pod. Default: requests 100m CPU and 256Mi, limit 512Mi of memory.' }),
    env: env.max(64).optional().meta({
      description: 'Environment variables for module tools.',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
    }),
    podTemplate: z
      .strictObject({
        labels: z.record(z.string(), z.string().max(63)).optional().meta({ description: 'Labels added to the pods.' }),
        annotations: z.record(z.string(), z.string().max(4096)).optional().meta({ description: 'Annotations added to the pods.' }),
        nodeSelector: z.record(z.string(), z.string().max(63)).optional().meta({ description: 'Nodes the pods may run on.' }),
        tolerations: z.array(toleration).max(32).optional().meta({ description: 'Taints the pods tolerate.' }),
        priorityClassName: objectName.optional().meta({ description: 'Priority class of the pods.' }),
        imagePullSecrets: z.array(z.strictObject({ name: objectName })).max(8).optional().meta({
          description: 'Secrets to pull the image with.',
        }),
      })
      .optional()
      .meta({ description: 'Additions to the worker pods. Rolls in place, never a new version.' }),
  }),
  [
    {
      cel: "!has(self.shutdownGracePeriod) || (duration(self.shutdownGracePeriod) >= duration('1s') && duration(self.shutdownGracePeriod) <= duration('1h'))",
      message: 'shutdownGracePeriod must be between 1s and 1h',
      fieldPath: '.shutdownGracePeriod',
      check: (self) => {
        const length = milliseconds(self.shutdownGracePeriod);
        return Number.isNaN(length) || (length >= 1_000 && length <= 3_600_000);
      },
    },
  ],
);
export type Worker = z.infer<typeof worker>;
