import type { OpenRun, RunDescription, TemporalClient } from '../temporal/port.ts';
import { aggregate, NO_VERSION, type AgentSample } from './aggregate.ts';
import { allocate, spread } from './allocate.ts';
import { inParallel } from './in-parallel.ts';

/** One agent to look at. */
export interface Target {
  readonly client: TemporalClient;
  readonly taskQueue: string;
  readonly deploymentName: string | undefined;
  readonly versions: readonly string[];
}

/** Runs listed of one agent; the rest is counted only. */
const LIST_LIMIT = 1_000;
/** Runs read in one tick, over all agents: about a second of one Temporal frontend. */
const DESCRIBES_PER_TICK = 1_000;
/** Requests under way at once, over all agents. */
const PARALLEL = 16;

interface Listed {
  readonly target: Target;
  readonly runs: readonly OpenRun[];
  readonly counted: number;
  readonly backlog: AgentSample['backlog'];
}

/**
 * Looks at every target, in order; a failure (a TemporalError) stands for that target alone. First all lists, so that the
 * budget can be shared fairly, then the runs themselves: only a description is true to the instant.
 */
export async function sampleAgents(targets: readonly Target[]): Promise<readonly (AgentSample | Error)[]> {
  const listed = await inParallel(targets, PARALLEL, (target) => caught(() => list(target)));
  const grants = allocate(
    DESCRIBES_PER_TICK,
    listed.map((entry) => (entry instanceof Error ? 0 : entry.runs.length)),
  );
  // All runs of all agents in one line: the lanes are shared, however the runs are distributed.
  const reads = listed.flatMap((entry, index) =>
    entry instanceof Error
      ? []
      : spread(entry.runs, grants[index] ?? 0).map((run) => ({ index, run, client: entry.target.client })),
  );
  const failures = new Map<number, Error>();
  const descriptions = listed.map((): (RunDescription | undefined)[] => []);
  await inParallel(reads, PARALLEL, async ({ index, run, client }) => {
    if (failures.has(index)) return;
    const description = await caught(async () => client.describeRun(run.workflowID));
    if (description instanceof Error) failures.set(index, description);
    else descriptions[index]?.push(description);
  });
  return inParallel([...listed.entries()], PARALLEL, async ([index, entry]) => {
    if (entry instanceof Error) return entry;
    const failure = failures.get(index);
    if (failure !== undefined) return failure;
    return caught(() => finish(entry, descriptions[index] ?? []));
  });
}

async function list(target: Target): Promise<Listed> {
  const { client, taskQueue } = target;
  const found = await client.listOpenRuns(taskQueue, LIST_LIMIT);
  // For a moment visibility can show two runs of a chain as open: an ID is one run.
  const runs = [...new Map(found.map((run) => [run.workflowID, run])).values()];
  const counted =
    found.length < LIST_LIMIT ? runs.length : Math.max(runs.length, await client.countOpenRuns(taskQueue));
  // No open run, no task that anybody waits for. Asking would also keep an idle queue loaded in Temporal's matching service.
  const backlog = counted === 0 ? { workflow: 0, activity: 0 } : await client.taskQueueBacklog(taskQueue);
  return { target, runs, counted, backlog };
}

async function finish(
  { target, counted, backlog }: Listed,
  descriptions: readonly (RunDescription | undefined)[],
): Promise<AgentSample> {
  const countedByVersion = new Map<string, number>();
  const { client, deploymentName, versions } = target;
  if (descriptions.length < counted && deploymentName !== undefined) {
    for (const buildID of versions) {
      countedByVersion.set(buildID, await client.countOpenRunsOfVersion({ deploymentName, buildID }));
    }
    const pinned = [...countedByVersion.values()].reduce((sum, count) => sum + count, 0);
    countedByVersion.set(NO_VERSION, Math.max(0, counted - pinned));
  }
  return aggregate({ counted, descriptions, countedByVersion, backlog });
}

async function caught<T>(work: () => Promise<T>): Promise<T | Error> {
  try {
    return await work();
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
