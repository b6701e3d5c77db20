import type { Action } from '../action.ts';
import type { Observed } from '../observed.ts';

/** New runs start on the target once its workers are ready and Temporal sees them poll. */
export function planCurrent({ target, temporal }: Observed): readonly Action[] {
  if (target === undefined || temporal.kind === 'unknown' || !temporal.targetPolls) return [];
  const { deployment } = temporal;
  if (deployment === undefined || deployment.currentBuildID === target.buildID) return [];
  return [{ kind: 'setCurrentVersion', buildID: target.buildID, conflictToken: deployment.conflictToken }];
}
