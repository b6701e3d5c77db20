import { z } from 'zod';
import { objectName } from './common.ts';
import { conditions } from './conditions.ts';
import { listByKey } from './list.ts';
import { withRules } from './rules.ts';
import { text, textMatching } from './text.ts';

const response = z.strictObject({
  id: text(1, 256).meta({ description: 'The id of the question, from status.waiting.' }),
  answer: text(1, 16_384).meta({ description: 'The answer the model gets.' }),
});

// Temporal takes 1000 bytes; 250 characters are never more.
// oxlint-disable-next-line no-control-regex -- control characters are what it is about
const workflowID = textMatching(1, 250, /^[^\x00-\x1f\x7f]+$/, 'must not contain control characters');

export const agentRunSpec = withRules(
  z.strictObject({
    agentRef: z
      .strictObject({ name: objectName.meta({ description: 'Name of a DurableAgent in this namespace.' }) })
      .meta({ description: 'The agent to run.' }),
    input: z.unknown().optional().meta({
      description: "What to do: a string or any JSON. It is the run's first message from the user.",
      'x-kubernetes-preserve-unknown-fields': true,
    }),
    workflowID: workflowID.optional().meta({
      description:
        'Workflow ID in Temporal. When a run of this ID exists it is watched, not started again. Default: made of namespace, name and uid, so that deleting and creating the resource is a new run, as with a Job.',
    }),
    ttlSecondsAfterFinished: z.int().min(0).max(31_536_000).optional().meta({
      description:
        'Delete this resource so many seconds after the run ended. Its history stays in Temporal for the retention of the namespace.',
    }),
    cancel: z.boolean().optional().meta({ description: 'true asks the run to stop. Cannot be taken back.' }),
    responses: listByKey(response, 'id', 256).optional().meta({
      description: 'Answers to the questions in status.waiting.',
    }),
  }),
  [
    {
      cel: 'self.agentRef.name == oldSelf.agentRef.name',
      message: 'agentRef cannot be changed: make a new AgentRun',
      fieldPath: '.agentRef',
    },
    {
      cel: 'has(self.workflowID) == has(oldSelf.workflowID) && (!has(self.workflowID) || self.workflowID == oldSelf.workflowID)',
      message: 'workflowID cannot be changed: make a new AgentRun',
      fieldPath: '.workflowID',
    },
    {
      cel: '!has(oldSelf.cancel) || !oldSelf.cancel || (has(self.cancel) && self.cancel)',
      message: 'cancel cannot be taken back: make a new AgentRun',
      fieldPath: '.cancel',
    },
  ],
);
export type AgentRunSpec = z.infer<typeof agentRunSpec>;

/** Largest output kept in the status, in bytes of UTF-8: etcd is no place for results. */
export const MAX_OUTPUT_BYTES = 16_384;

export const agentRunStatus = z.strictObject({
  observedGeneration: z.int().min(0).optional(),
  phase: z
    .enum(['Pending', 'Running', 'Waiting', 'Succeeded', 'Failed', 'Canceled', 'Terminated', 'TimedOut'])
    .optional()
    .meta({
      description: 'Summary of the conditions, for people; programs read the conditions.',
    }),
  workflowID: z.string().max(1000).optional(),
  runID: z.string().max(256).optional(),
  version: z.string().max(64).optional().meta({ description: 'Build ID the run is pinned to.' }),
  startTime: z.iso.datetime({ offset: true }).optional(),
  completionTime: z.iso.datetime({ offset: true }).optional(),
  turns: z.int().min(0).optional().meta({ description: 'Model calls made.' }),
  usage: z
    .strictObject({ inputTokens: z.int().min(0), outputTokens: z.int().min(0) })
    .optional()
    .meta({ description: 'Tokens of all model calls so far.' }),
  output: z.string().max(MAX_OUTPUT_BYTES).optional().meta({
    description:
      'The answer; at most 16 KiB, then outputTruncated is true. The whole is the result of the workflow.',
  }),
  outputTruncated: z.boolean().optional(),
  failure: z
    .strictObject({ type: z.string().max(256), message: z.string().max(4096) })
    .optional()
    .meta({ description: 'Why the run failed.' }),
  waiting: z
    .array(
      z.strictObject({
        id: z.string().max(256).meta({ description: 'Put this id into spec.responses to answer.' }),
        kind: z.enum(['Question']),
        tool: z.string().max(64),
        prompt: z.string().max(16_384),
        since: z.iso.datetime({ offset: true }),
      }),
    )
    .max(256)
    .optional()
    .meta({
      description: 'What the run waits for a person to answer.',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['id'],
    }),
  conditions: conditions.optional(),
});
export type AgentRunStatus = z.infer<typeof agentRunStatus>;
