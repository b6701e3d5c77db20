import type { PendingActivity, RunDescription } from '../temporal/port.ts';

/** Label of runs that are pinned to no version yet: their first workflow task waits for a worker. */
export const NO_VERSION = 'none';

export const STATES = [
  'scheduled',
  'started',
  'backing_off',
] as const satisfies readonly PendingActivity['state'][];

export interface VersionSample {
  readonly version: string;
  readonly openRuns: number;
  readonly pending: Readonly<Record<PendingActivity['state'], number>>;
  /** 0 when nothing is pending. */
  readonly maxAttempt: number;
}

/** One look at the open runs of an agent. */
export interface AgentSample {
  /** Open runs: exact when `ratio` is 1, else as visibility counts them. */
  readonly open: number;
  /** Runs read / runs open: 1 when every open run was read, and when there is none. */
  readonly ratio: number;
  readonly pending: {
    readonly total: number;
    /** Steps at attempt 2 or later. */
    readonly retrying: number;
    readonly maxAttempt: number;
  };
  /** By version; those without open runs are not in it. */
  readonly versions: readonly VersionSample[];
  readonly backlog: { readonly workflow: number; readonly activity: number };
}

export interface Readings {
  /** Open runs by visibility, those of them that have closed meanwhile included. */
  readonly counted: number;
  /** One entry per run read; undefined: Temporal does not know it any more. */
  readonly descriptions: readonly (RunDescription | undefined)[];
  /** Open runs by version, asked only when not every run was read. */
  readonly countedByVersion: ReadonlyMap<string, number>;
  readonly backlog: AgentSample['backlog'];
}

/** Adds up what was read. A run that visibility still lists but that is over counts as nothing. */
export function aggregate({ counted, descriptions, countedByVersion, backlog }: Readings): AgentSample {
  const open = descriptions.filter((description) => description?.status === 'Running');
  const closed = descriptions.length - open.length;
  const isComplete = descriptions.length >= counted;
  const runs = open.filter((description) => description !== undefined);
  const activities = runs.flatMap(({ pendingActivities }) => pendingActivities);

  const versions = new Set([
    ...runs.map(({ buildID }) => buildID ?? NO_VERSION),
    ...(isComplete ? [] : [...countedByVersion].filter(([, count]) => count > 0).map(([version]) => version)),
  ]);
  return {
    open: isComplete ? open.length : Math.max(open.length, counted - closed),
    ratio: isComplete ? 1 : descriptions.length / counted,
    pending: {
      total: activities.length,
      retrying: activities.filter(({ attempt }) => attempt > 1).length,
      maxAttempt: maxAttempt(activities),
    },
    versions: [...versions].toSorted().map((version) => {
      const own = runs.filter(({ buildID }) => (buildID ?? NO_VERSION) === version);
      const pending = own.flatMap(({ pendingActivities }) => pendingActivities);
      return {
        version,
        openRuns: isComplete ? own.length : Math.max(own.length, countedByVersion.get(version) ?? 0),
        pending: {
          scheduled: countIn(pending, 'scheduled'),
          started: countIn(pending, 'started'),
          backing_off: countIn(pending, 'backing_off'),
        },
        maxAttempt: maxAttempt(pending),
      };
    }),
    backlog,
  };
}

function countIn(activities: readonly PendingActivity[], state: PendingActivity['state']): number {
  return activities.filter((activity) => activity.state === state).length;
}

function maxAttempt(activities: readonly PendingActivity[]): number {
  return activities.reduce((most, { attempt }) => Math.max(most, attempt), 0);
}
