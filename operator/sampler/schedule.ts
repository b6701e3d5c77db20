/** When to look at an agent again. An idle agent costs one visibility query per look, so it is looked at ever less often. */
export interface Schedule {
  /** Due when the clock has passed it. */
  readonly nextAt: number;
  /** Since when no open run was seen; undefined while there are some. */
  readonly idleSince: number | undefined;
}

/** Longest time a run that was started behind the operator's back can go unnoticed at an idle agent. */
const SLOWEST_MS = 30_000;

/** At once: an agent never seen, or one whose run has just begun. */
export const AT_ONCE: Schedule = { nextAt: 0, idleSince: undefined };

/** After a look at `now`. An agent that was busy a moment ago is watched closely; the pause is a quarter of its idleness. */
export function nextLook(before: Schedule, open: number, now: number, intervalMs: number): Schedule {
  if (open > 0) return { nextAt: now + intervalMs, idleSince: undefined };
  const idleSince = before.idleSince ?? now;
  const pause = Math.max(intervalMs, Math.min(SLOWEST_MS, (now - idleSince) / 4));
  return { nextAt: now + pause, idleSince };
}
