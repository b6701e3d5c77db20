import {
  AGENT_CONDITIONS,
  type AgentConditionType,
  type Condition,
} from '../../../crds/v1alpha1/conditions.ts';
import { degraded } from './degraded.ts';
import type { Confirmation } from '../plan/emptiness.ts';
import type { Executed } from '../execute.ts';
import { failureKind } from '../failure.ts';
import type { Observed } from '../observed.ts';
import { progressing } from './progressing.ts';
import { blocked, type Judged, type Verdict } from './verdict.ts';
import { workersAvailable } from './workers-available.ts';

const VERDICTS: Readonly<Record<AgentConditionType, (judged: Judged) => Verdict>> = {
  Ready: ready,
  SpecValid: specValid,
  ReferencesResolved: referencesResolved,
  TemporalConnected: temporalConnected,
  WorkersAvailable: workersAvailable,
  Progressing: progressing,
  Degraded: degraded,
};

/** Every condition, in the order of the API. `lastTransitionTime` moves only with `status`, as Kubernetes has it. */
export function conditionsFor(
  observed: Observed,
  executed: Executed,
  current: string | undefined,
  confirmation: Confirmation,
): Condition[] {
  return AGENT_CONDITIONS.map((type) => {
    const verdict = VERDICTS[type]({ observed, executed, current, confirmation });
    const previous = observed.previous.conditions?.find((condition) => condition.type === type);
    return {
      type,
      status: verdict.status,
      observedGeneration: observed.agent.generation,
      lastTransitionTime:
        previous?.status === verdict.status ? previous.lastTransitionTime : confirmation.now.toISOString(),
      reason: verdict.reason,
      message: verdict.message,
    };
  });
}

function specValid({ observed, executed }: Judged): Verdict {
  const [first] = observed.violations;
  if (first !== undefined) {
    const message = observed.violations.map((violation) => violation.message).join('; ');
    return { status: 'False', reason: first.reason, message };
  }
  const failure = failureKind(executed);
  if (failure?.kind === 'refused' && failure.reason !== 'ObjectsRefused') {
    return { status: 'False', reason: failure.reason, message: failure.message };
  }
  return { status: 'True', reason: 'Valid', message: 'the spec can be run' };
}

function referencesResolved({ observed }: Judged): Verdict {
  const [first] = observed.missing;
  if (first !== undefined) {
    return {
      status: 'False',
      reason: first.reason,
      message: observed.missing.map(({ message }) => message).join('; '),
    };
  }
  if (observed.spec === undefined) return blocked('the spec is invalid: see SpecValid');
  return { status: 'True', reason: 'Resolved', message: 'everything the spec names is there' };
}

function temporalConnected({ observed, executed }: Judged): Verdict {
  const { temporal, connection } = observed;
  if (connection === undefined) return blocked('the way to Temporal is missing: see ReferencesResolved');
  if (temporal.kind === 'unknown') {
    return {
      status: 'False',
      reason: temporal.reason,
      message: `${temporal.message}. Nothing is scaled down or removed meanwhile`,
    };
  }
  const failure = failureKind(executed);
  if (failure?.kind === 'unreachable') {
    return { status: 'False', reason: failure.reason, message: failure.message };
  }
  return {
    status: 'True',
    reason: 'Connected',
    message: `connected to ${connection.address}, namespace ${connection.namespace}`,
  };
}

/** The first thing that stands between the spec and its serving. */
function ready(judged: Judged): Verdict {
  const { observed, current } = judged;
  const { target } = observed;
  if (observed.agent.deleting) {
    return { status: 'False', reason: 'DrainingForDeletion', message: 'the agent is being deleted' };
  }
  const obstacle = [specValid, referencesResolved, temporalConnected, workersAvailable]
    .map((verdictOf) => verdictOf(judged))
    .find(({ status }) => status !== 'True');
  if (obstacle !== undefined) {
    // Without Temporal's word it cannot be told what is current; workers may well serve.
    const unknown = observed.temporal.kind === 'unknown' && target !== undefined;
    return { ...obstacle, status: unknown ? 'Unknown' : 'False' };
  }
  if (target !== undefined && current === target.buildID) {
    return {
      status: 'True',
      reason: 'Serving',
      message: `version ${current} serves on ${observed.taskQueue}`,
    };
  }
  return {
    status: 'False',
    reason: 'WaitingForPollers',
    message: `workers of version ${target?.buildID ?? ''} are ready; Temporal does not see them poll yet`,
  };
}
