import type { AgentConditionType } from '../../crds/v1alpha1/conditions.ts';
import type { DurableAgentStatus } from '../../crds/v1alpha1/durable-agent.ts';
import type { AgentEvent } from './ports.ts';

/** Events for what changed between two statuses: said once, when it happens. Pure. */
export function eventsBetween(before: DurableAgentStatus, after: DurableAgentStatus): readonly AgentEvent[] {
  const had = new Set(before.versions?.map(({ buildID }) => buildID));
  const has = new Set(after.versions?.map(({ buildID }) => buildID));
  const created = [...has].filter((buildID) => !had.has(buildID));
  const removed = [...had].filter((buildID) => !has.has(buildID));
  const { currentVersion } = after;
  return [
    ...created.map((buildID) => normal('VersionCreated', `version ${buildID} was made from the spec`)),
    ...(currentVersion !== undefined && currentVersion !== before.currentVersion
      ? [normal('VersionCurrent', `new runs start on version ${currentVersion}`)]
      : []),
    ...removed.map((buildID) =>
      normal('VersionRemoved', `version ${buildID} had no open runs and was removed`),
    ),
    ...warnings(before, after),
    ...draining(before, after),
  ];
}

/** Conditions whose turn for the worse is an event, and its reason; undefined: the condition's own. */
const WARNINGS: readonly {
  readonly type: AgentConditionType;
  readonly status: 'True' | 'False';
  readonly reason: string | undefined;
}[] = [
  { type: 'SpecValid', status: 'False', reason: 'InvalidSpec' },
  { type: 'ReferencesResolved', status: 'False', reason: 'ReferenceMissing' },
  { type: 'TemporalConnected', status: 'False', reason: 'TemporalUnreachable' },
  { type: 'Degraded', status: 'True', reason: undefined },
];

/** Degraded sums up the others too: what one of them has said already is not said again. */
function warnings(before: DurableAgentStatus, after: DurableAgentStatus): readonly AgentEvent[] {
  const said = new Set<string>();
  return WARNINGS.flatMap(({ type, status, reason }) => {
    const was = conditionOf(before, type);
    const is = conditionOf(after, type);
    if (is?.status !== status || said.has(is.reason)) return [];
    said.add(is.reason);
    if (was?.status === status && was.reason === is.reason) return [];
    return [{ type: 'Warning' as const, reason: reason ?? is.reason, message: is.message }];
  });
}

function draining(before: DurableAgentStatus, after: DurableAgentStatus): readonly AgentEvent[] {
  const is = conditionOf(after, 'Progressing');
  if (is?.reason !== 'DrainingForDeletion' || conditionOf(before, 'Progressing')?.reason === is.reason)
    return [];
  return [normal('DrainingForDeletion', is.message)];
}

function conditionOf(status: DurableAgentStatus, type: AgentConditionType) {
  return status.conditions?.find((condition) => condition.type === type);
}

function normal(reason: string, message: string): AgentEvent {
  return { type: 'Normal', reason, message };
}
