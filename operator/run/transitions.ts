import type { AgentRunStatus } from '../../crds/v1alpha1/agent-run.ts';
import { findCondition } from '../connection/condition.ts';
import type { EventNote } from '../telemetry/events.ts';
import { isCompleted } from './status.ts';

/** What happened between two statuses, for `kubectl describe`: each once, because a status is written once. */
export function runTransitions(before: AgentRunStatus, after: AgentRunStatus): readonly EventNote[] {
  return [...started(before, after), ...asked(before, after), ...completed(before, after)];
}

function started(before: AgentRunStatus, after: AgentRunStatus): readonly EventNote[] {
  if (isStarted(before) || !isStarted(after)) return [];
  const version = after.version === undefined ? '' : ` on version ${after.version}`;
  return [{ type: 'Normal', reason: 'RunStarted', message: `workflow ${after.workflowID}${version}` }];
}

function asked(before: AgentRunStatus, after: AgentRunStatus): readonly EventNote[] {
  const known = new Set(before.waiting?.map(({ id }) => id));
  return (after.waiting ?? [])
    .filter(({ id }) => !known.has(id))
    .map(({ id, tool, prompt }) => ({
      type: 'Normal',
      reason: 'QuestionPending',
      message: `${id} (${tool}): ${prompt}`,
    }));
}

function completed(before: AgentRunStatus, after: AgentRunStatus): readonly EventNote[] {
  if (isCompleted(before) || !isCompleted(after)) return [];
  const { reason = '', message = '' } = findCondition(after.conditions, 'Completed') ?? {};
  return reason === 'Succeeded' || reason === 'Canceled'
    ? [{ type: 'Normal', reason: 'RunCompleted', message: `${reason}: ${message}` }]
    : [{ type: 'Warning', reason: 'RunFailed', message: `${reason}: ${message}` }];
}

function isStarted(status: AgentRunStatus): boolean {
  return findCondition(status.conditions, 'Started')?.status === 'True';
}
