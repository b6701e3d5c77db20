import { z } from 'zod';
import { dataKey, objectName } from './common.ts';
import { LABELS } from './contract.ts';
import { durationBetween } from './duration.ts';
import { GROUP } from './group.ts';
import { annotations, labels } from './labels.ts';
import { listByKey } from './list.ts';
import { exactlyOneOf, withRules } from './rules.ts';
import { text, textMatching } from './text.ts';

const quantity = textMatching(
  1,
  32,
  /^[0-9]+([.][0-9]+)?(m|k|Ki|M|Mi|G|Gi)?$/,
  'must be a Kubernetes quantity in quotes, such as "250m" or "512Mi"',
);

const resourceList = z.strictObject({
  cpu: quantity.optional().meta({ description: 'CPU, for instance 250m.' }),
  memory: quantity.optional().meta({ description: 'Memory, for instance 512Mi.' }),
  'ephemeral-storage': quantity.optional().meta({ description: 'Local disk, for instance 256Mi.' }),
});

const envName = textMatching(
  1,
  256,
  /^[A-Za-z_][A-Za-z0-9_]*$/,
  'must be an environment variable name: letters, digits and _, no digit first',
);

/** Names the operator sets itself. A spec that could override them could make a worker poll as another version. */
const reservedEnv = {
  cel: "!self.name.startsWith('DURABLE_AGENT_') && self.name != 'NODE_OPTIONS'",
  message: 'DURABLE_AGENT_* and NODE_OPTIONS are set by the operator',
  fieldPath: '.name',
  check: (self: { name: string }) => !self.name.startsWith('DURABLE_AGENT_') && self.name !== 'NODE_OPTIONS',
};

const envSource = z.strictObject({
  name: objectName.meta({ description: 'Name of the object, in this namespace.' }),
  key: dataKey.meta({ description: 'Key in its data.' }),
});

const env = listByKey(
  withRules(
    z.strictObject({
      name: envName.meta({ description: 'Name of the variable.' }),
      value: text(0, 4096).optional().meta({ description: 'Its value.' }),
      valueFrom: withRules(
        z.strictObject({
          secretKeyRef: envSource.optional().meta({ description: 'One key of a Secret.' }),
          configMapKeyRef: envSource.optional().meta({ description: 'One key of a ConfigMap.' }),
        }),
        [exactlyOneOf(['secretKeyRef', 'configMapKeyRef'])],
      )
        .optional()
        .meta({ description: 'Where its value comes from.' }),
    }),
    [reservedEnv, exactlyOneOf(['value', 'valueFrom'])],
  ),
  'name',
  64,
);

/** Keys the operator finds and selects pods by. */
const RESERVED_KEYS: readonly string[] = [LABELS.managedBy, LABELS.name, LABELS.component];

function notReserved(map: typeof labels): typeof labels {
  return withRules(map, [
    {
      cel: `self.all(key, !key.startsWith('${GROUP}/') && !(key in ${JSON.stringify(RESERVED_KEYS).replaceAll('"', "'")}))`,
      message: `${GROUP}/* and ${RESERVED_KEYS.join(', ')} are set by the operator`,
      check: (self) =>
        Object.keys(self).every((key) => !key.startsWith(`${GROUP}/`) && !RESERVED_KEYS.includes(key)),
    },
  ]);
}

const toleration = z.strictObject({
  key: text(0, 316).optional().meta({ description: 'Key of the taint; every taint when it is left out.' }),
  operator: z
    .enum(['Exists', 'Equal'])
    .optional()
    .meta({ description: 'How value is compared. Default: Equal.' }),
  value: text(0, 63).optional().meta({ description: 'Value of the taint.' }),
  effect: z.enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute']).optional().meta({
    description: 'Effect of the taint; every effect when it is left out.',
  }),
  tolerationSeconds: z.int().min(0).max(2_147_483_647).optional().meta({
    description: 'How long a NoExecute taint is tolerated, in seconds; for ever when it is left out.',
  }),
});

export const worker = z.strictObject({
  image: textMatching(1, 1024, /^[!-~]+$/, 'must be an image reference without spaces')
    .optional()
    .meta({
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
  shutdownGracePeriod: durationBetween('1s', '1h').default('30s').meta({
    description:
      'How long a worker may finish the steps it has in hand when its pod is asked to stop. The pod’s termination grace period is computed from it.',
  }),
  resources: z
    .strictObject({
      requests: resourceList.optional().meta({ description: 'What a worker pod is guaranteed.' }),
      limits: resourceList.optional().meta({ description: 'What a worker pod may not exceed.' }),
    })
    .optional()
    .meta({
      description: 'Resources of a worker pod. Default: requests 100m CPU and 256Mi, limit 512Mi of memory.',
    }),
  env: env.optional().meta({ description: 'Environment variables for module tools.' }),
  podTemplate: z
    .strictObject({
      labels: notReserved(labels).optional().meta({ description: 'Labels added to the pods.' }),
      annotations: notReserved(annotations)
        .optional()
        .meta({ description: 'Annotations added to the pods.' }),
      nodeSelector: labels.optional().meta({ description: 'Nodes the pods may run on.' }),
      tolerations: z.array(toleration).max(32).optional().meta({ description: 'Taints the pods tolerate.' }),
      priorityClassName: objectName.optional().meta({ description: 'Priority class of the pods.' }),
      imagePullSecrets: listByKey(
        z.strictObject({ name: objectName.meta({ description: 'Name of a Secret in this namespace.' }) }),
        'name',
        8,
      )
        .optional()
        .meta({
          description: 'Secrets to pull the image with.',
        }),
    })
    .optional()
    .meta({ description: 'Additions to the worker pods. Rolls in place, never a new version.' }),
});
export type Worker = z.infer<typeof worker>;
