import { z } from 'zod';
import { configMapKeyRef, objectName } from './common.ts';
import { conditions } from './conditions.ts';
import { listByKey } from './list.ts';
import { model } from './model.ts';
import { exactlyOneOf, withRules } from './rules.ts';
import { text, textMatching } from './text.ts';
import { tool } from './tool.ts';
import { worker } from './worker.ts';

const temporal = withRules(
  z.strictObject({
    connectionRef: z
      .strictObject({
        name: objectName.meta({ description: 'Name of a TemporalConnection in this namespace.' }),
      })
      .optional()
      .meta({ description: "The Temporal to run on. Default: the operator's own." }),
    taskQueue: textMatching(
      1,
      200,
      /^[a-z0-9]([-a-z0-9]*[a-z0-9])?[.][A-Za-z0-9._-]+$/,
      'must be <namespace>.<name>, the name of letters, digits, ., _ and -',
    )
      .optional()
      .meta({
        description:
          'Task queue to start runs on. Must begin with the namespace and a dot. Default: <namespace>.<name>. Cannot be changed.',
      }),
  }),
  [
    {
      cel: 'has(self.taskQueue) == has(oldSelf.taskQueue) && (!has(self.taskQueue) || self.taskQueue == oldSelf.taskQueue)',
      message: 'taskQueue cannot be changed: open runs wait on it. Make a new agent instead',
      fieldPath: '.taskQueue',
    },
  ],
);

export const durableAgentSpec = withRules(
  z.strictObject({
    description: text(0, 1024).optional().meta({ description: 'What the agent is for, for people.' }),
    instructions: text(1, 131_072).optional().meta({ description: 'The system prompt.' }),
    instructionsFrom: z.strictObject({ configMapKeyRef }).optional().meta({
      description: 'The system prompt, from a ConfigMap. A change of its content is a new version.',
    }),
    model,
    tools: listByKey(tool, 'name', 64).optional().meta({
      description: 'What the model can do. Every call is a Temporal activity with its own retry policy.',
    }),
    limits: z
      .strictObject({
        maxTurns: z.int().min(1).max(1000).default(50).meta({
          description: 'Model calls a run may make; the next one ends the run as failed with LimitExceeded.',
        }),
      })
      .optional()
      .meta({ description: 'Limits of one run, enforced in the workflow: a crash does not reset them.' }),
    temporal: temporal.optional().meta({ description: 'Where in Temporal the agent runs.' }),
    worker: worker.optional().meta({ description: 'The pods that run the agent.' }),
  }),
  [
    exactlyOneOf(['instructions', 'instructionsFrom']),
    {
      cel: 'has(self.temporal) == has(oldSelf.temporal) || !(has(self.temporal) ? has(self.temporal.taskQueue) : has(oldSelf.temporal.taskQueue))',
      message: 'temporal.taskQueue cannot be changed: open runs wait on it. Make a new agent instead',
      fieldPath: '.temporal',
    },
  ],
);
export type DurableAgentSpec = z.infer<typeof durableAgentSpec>;

/** Temporal's Worker Deployment version states, in its words, plus Pending: the version's workers have not polled yet. */
export const VERSION_STATES = ['Pending', 'Inactive', 'Current', 'Draining', 'Drained'] as const;

const versionStatus = z.strictObject({
  buildID: z
    .string()
    .max(64)
    .meta({ description: 'Build ID: the first 12 hex digits of the hash of the snapshot.' }),
  state: z
    .enum(VERSION_STATES)
    .meta({ description: 'State of the version in Temporal; Pending until its workers poll.' }),
  openRuns: z
    .int()
    .min(0)
    .optional()
    .meta({ description: 'Open runs pinned to the version; absent while Temporal cannot be asked.' }),
  replicas: z.int().min(0),
  readyReplicas: z.int().min(0),
  image: z.string().max(1024),
  snapshot: z
    .string()
    .max(253)
    .meta({ description: 'Name of the immutable ConfigMap that holds the version.' }),
  emptySince: z.iso.datetime({ offset: true }).optional().meta({
    description: 'Since when Temporal and the count of open runs agree that the version is drained.',
  }),
  message: z.string().max(4096).optional(),
});
export type VersionStatus = z.infer<typeof versionStatus>;

export const durableAgentStatus = z.strictObject({
  observedGeneration: z.int().min(0).optional(),
  replicas: z.int().min(0).optional().meta({ description: 'Worker pods of the target version.' }),
  readyReplicas: z.int().min(0).optional(),
  selector: z
    .string()
    .max(1024)
    .optional()
    .meta({ description: 'Label selector of the worker pods, for the scale subresource.' }),
  taskQueue: z.string().max(1000).optional().meta({ description: 'Task queue to start runs on.' }),
  deploymentName: z
    .string()
    .max(1000)
    .optional()
    .meta({ description: 'Name of the Worker Deployment in Temporal.' }),
  currentVersion: z.string().max(64).optional().meta({ description: 'Build ID new runs start on.' }),
  targetVersion: z.string().max(64).optional().meta({ description: 'Build ID of the spec as it is now.' }),
  versions: z
    .array(versionStatus)
    .max(100)
    .optional()
    .meta({
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['buildID'],
    }),
  runs: z
    .strictObject({ open: z.int().min(0) })
    .optional()
    .meta({ description: 'Runs of this agent in Temporal.' }),
  pendingActivities: z
    .strictObject({ total: z.int().min(0), retrying: z.int().min(0), maxAttempt: z.int().min(0) })
    .optional()
    .meta({ description: 'Steps under way over all open runs, as last sampled.' }),
  conditions: conditions.optional(),
});
export type DurableAgentStatus = z.infer<typeof durableAgentStatus>;
