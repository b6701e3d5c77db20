import { blocked, type Judged, type Verdict } from './verdict.ts';
import { serves } from '../plan/emptiness.ts';
import type { Observed } from '../observed.ts';
import { failureKind } from '../failure.ts';
import { deletionStage } from '../plan/plan-deletion.ts';
import { workersAvailable } from './workers-available.ts';

/** Condition Progressing: a version on its way to become current, old ones on their way out, or a deletion. */
export function progressing(judged: Judged): Verdict {
  const { observed, current } = judged;
  const { target } = observed;
  if (observed.agent.deleting) return drainingForDeletion(judged);
  if (target === undefined)
    return blocked('the spec cannot be acted on: see SpecValid and ReferencesResolved');
  if (current !== target.buildID) {
    const workers = workersAvailable(judged);
    return workers.status === 'True'
      ? {
          status: 'True',
          reason: 'WaitingForPollers',
          message: `version ${target.buildID} becomes current when Temporal sees its workers poll`,
        }
      : { ...workers, status: workers.reason === 'ScaledToZero' ? 'False' : 'True' };
  }
  const old = observed.versions.filter(({ buildID }) => buildID !== current && !serves(observed, buildID));
  if (old.length === 0) return { status: 'False', reason: 'Complete', message: 'nothing is under way' };
  const open = old.reduce((sum, { openRuns }) => sum + (openRuns ?? 0), 0);
  return {
    status: 'True',
    reason: 'Draining',
    message: `${counted(old.length, 'older version')} with ${counted(open, 'open run')}; each is removed after its last run`,
  };
}

function drainingForDeletion({ observed, executed, confirmation }: Judged): Verdict {
  const { temporal } = observed;
  const verdict = (message: string): Verdict => ({ status: 'True', reason: 'DrainingForDeletion', message });
  const failure = failureKind(executed);
  if (failure?.kind === 'waiting') return verdict(`${WAITING_FOR_TEMPORAL} (${failure.message})`);
  if (deletionStage(observed, confirmation) !== 'drain') {
    return verdict('no run is open: workers and versions are being removed');
  }
  if (temporal.kind === 'unknown') {
    return verdict(
      `it cannot be told whether runs are open, because Temporal cannot be asked (${temporal.message}). ${givingUp(observed)}`,
    );
  }
  if (temporal.openRuns === 0) return verdict('no run is open; looking once more before workers are removed');
  return verdict(
    `waiting for ${counted(temporal.openRuns, 'open run')} to end. To end them now: temporal workflow cancel --query 'TaskQueue="${observed.taskQueue}" AND ExecutionStatus="Running"'. ${givingUp(observed)}`,
  );
}

const WAITING_FOR_TEMPORAL =
  'no run is open and the workers are gone; Temporal forgets them about five minutes after their last poll, then this resource goes';

/** What a person can do who does not want to wait, and what it costs. */
function givingUp({ agent, versions }: Observed): string {
  const lost = versions.filter(({ buildID }) => buildID !== '').length;
  return (
    `To give them up: kubectl patch durableagent ${agent.name} -n ${agent.namespace} --type=merge -p '{"metadata":{"finalizers":null}}'. ` +
    `That removes the workers and ${counted(lost, 'version')}: open runs stay in Temporal, stuck, until an agent of the same name and spec is applied again`
  );
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
