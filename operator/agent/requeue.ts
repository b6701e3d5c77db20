import type { DurableAgentStatus } from '../../crds/v1alpha1/durable-agent.ts';
import { emptySince } from './plan/emptiness.ts';
import type { Executed } from './execute.ts';
import { failureKind } from './failure.ts';
import type { Observed } from './observed.ts';
import type { AgentSettings } from './ports.ts';

/** Something is about to happen that no watch tells of: Temporal sees pollers, a race is over. */
const SOON = 1_000;
/** Something is under way that a watch may tell of, or that takes its time. */
const LATER = 10_000;

/** Milliseconds until the next look, if nothing happens before. Pure. */
export function requeueAfter(
  observed: Observed,
  executed: Executed,
  status: DurableAgentStatus,
  { settings, now }: { readonly settings: AgentSettings; readonly now: Date },
): number {
  const failure = failureKind(executed);
  if (failure?.kind === 'race') return SOON;
  // A removal that waits for Temporal holds nothing else up.
  const removing = failure?.kind === 'waiting' && executed.failure?.action.kind !== 'setCurrentVersion';
  if (failure !== undefined && !removing) return LATER;
  const { temporal, target, versions, agent } = observed;
  if (temporal.kind === 'unknown' || target === undefined) return Math.min(LATER, settings.resyncMs);
  const targetReady = versions.find(({ buildID }) => buildID === target.buildID)?.workers.ready ?? 0;
  if (targetReady > 0 && status.currentVersion !== target.buildID) return SOON;
  // The plan goes on where this one stopped: after a snapshot its workers, after workers the snapshot.
  if (executed.done.some(({ kind }) => kind === 'apply' || kind === 'delete')) return SOON * 2;
  const confirmations = versions
    .map((version) => emptySince(observed, version, now))
    .filter((since) => since !== undefined)
    .map((since) => Date.parse(since) + settings.drainConfirmationMs - now.getTime())
    // What is confirmed is being removed already.
    .filter((remaining) => remaining > 0);
  const busy =
    agent.deleting ||
    temporal.openRuns > 0 ||
    versions.length > 1 ||
    status.currentVersion !== target.buildID;
  const regular = busy ? Math.min(LATER, settings.resyncMs) : settings.resyncMs;
  return Math.max(SOON, Math.min(regular, ...confirmations));
}
