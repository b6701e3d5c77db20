import type { AgentReason } from '../../../crds/v1alpha1/conditions.ts';
import { serves } from '../plan/emptiness.ts';
import type { ObservedVersion } from '../observed.ts';
import type { Judged, Verdict } from './verdict.ts';
import { failureKind } from '../failure.ts';
import { podsRefused } from './workers-available.ts';

type Trouble = { readonly reason: AgentReason; readonly message: string };

/** What needs a person, the most pressing first. Each looks at one thing. */
const TROUBLES: readonly ((judged: Judged) => Trouble | undefined)[] = [
  ({ observed }) => observed.violations[0],
  ({ observed }) => observed.missing[0],
  ({ observed: { temporal } }) => (temporal.kind === 'unknown' ? temporal : undefined),
  refusedWrite,
  lostSnapshot,
  failingWorkers,
  refusedPods,
];

/** Condition Degraded. */
export function degraded(judged: Judged): Verdict {
  for (const look of TROUBLES) {
    const trouble = look(judged);
    if (trouble !== undefined) return { status: 'True', reason: trouble.reason, message: trouble.message };
  }
  return { status: 'False', reason: 'AsExpected', message: 'nothing needs attention' };
}

function refusedWrite({ executed }: Judged): Trouble | undefined {
  const failure = failureKind(executed);
  if (failure?.kind === 'refused' || failure?.kind === 'unreachable') return failure;
  // Removals wait for Temporal as a matter of course; a version that may not become current does not.
  if (failure?.kind === 'waiting' && executed.failure?.action.kind === 'setCurrentVersion') {
    return { reason: 'WaitingForPollers', message: failure.message };
  }
  return undefined;
}

function lostSnapshot({ observed }: Judged): Trouble | undefined {
  const lost = observed.versions.find(
    ({ buildID, snapshot, openRuns }) =>
      snapshot === undefined && buildID !== observed.target?.buildID && (openRuns ?? 0) > 0,
  );
  if (lost === undefined) return undefined;
  return {
    reason: 'SnapshotLost',
    message: `version ${lost.buildID} has ${lost.openRuns} open runs, but its snapshot ConfigMap is gone or unreadable: restore it from a backup, or cancel the runs`,
  };
}

/** An old version that cannot start workers does not finish its runs; one without runs is on its way out anyway. */
function failingWorkers(judged: Judged): Trouble | undefined {
  for (const { buildID, workers } of neededVersions(judged)) {
    const { problem } = workers;
    if (problem === undefined || problem.reason === 'WorkersStarting') continue;
    return { reason: problem.reason, message: `version ${buildID}: ${problem.message}` };
  }
  return undefined;
}

function refusedPods(judged: Judged): Trouble | undefined {
  for (const version of neededVersions(judged)) {
    const message = podsRefused(version);
    if (message !== undefined)
      return { reason: 'ObjectsRefused', message: `version ${version.buildID}: ${message}` };
  }
  return undefined;
}

/** Versions whose workers are wanted, the target first. */
function neededVersions({ observed }: Judged): readonly ObservedVersion[] {
  const isTarget = ({ buildID }: ObservedVersion) => buildID === observed.target?.buildID;
  return [
    ...observed.versions.filter(isTarget),
    ...observed.versions.filter(
      (version) => !isTarget(version) && (version.openRuns !== 0 || serves(observed, version.buildID)),
    ),
  ];
}
