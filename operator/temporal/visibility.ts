import type { TemporalChannel, Wire } from './channel.ts';
import type { OpenRun, TemporalClient } from './port.ts';

type Visibility = Pick<
  TemporalClient,
  'countOpenRunsOfVersion' | 'countOpenRuns' | 'listOpenRuns' | 'taskQueueBacklog'
>;

const PAGE_SIZE = 500;

/** What Temporal's visibility store and its task queues know: about a second behind, never exact to the instant. */
export function visibilityOf(channel: TemporalChannel): Visibility {
  return {
    countOpenRunsOfVersion: ({ deploymentName, buildID }) =>
      channel.call(`count the open runs of ${deploymentName}:${buildID}`, (wire) =>
        // The search attribute joins the two by a colon; the UI and DescribeWorkerDeployment's `version` by a dot (1.29).
        count(
          wire,
          `TemporalWorkerDeploymentVersion = ${quoted(`${deploymentName}:${buildID}`)} AND ${OPEN}`,
        ),
      ),

    countOpenRuns: (taskQueue) =>
      channel.call(`count the open runs on ${taskQueue}`, (wire) => count(wire, openOn(taskQueue))),

    listOpenRuns: (taskQueue, limit) =>
      channel.call(`list the open runs on ${taskQueue}`, async ({ service, namespace }) => {
        const runs: OpenRun[] = [];
        let nextPageToken: Uint8Array = new Uint8Array();
        do {
          const page = await service.listWorkflowExecutions({
            namespace,
            query: openOn(taskQueue),
            pageSize: Math.min(PAGE_SIZE, limit - runs.length),
            nextPageToken,
          });
          for (const { execution } of page.executions ?? []) {
            runs.push({ workflowID: execution?.workflowId ?? '', runID: execution?.runId ?? '' });
          }
          nextPageToken = page.nextPageToken ?? new Uint8Array();
        } while (nextPageToken.length > 0 && runs.length < limit);
        return runs.slice(0, limit);
      }),

    taskQueueBacklog: (taskQueue) =>
      channel.call(`describe task queue ${taskQueue}`, async (wire) => ({
        workflow: await backlog(wire, taskQueue, 1),
        activity: await backlog(wire, taskQueue, 2),
      })),
  };
}

/** ORDER BY is refused by the SQL visibility stores (1.29: "operation is not supported"), so no query has one. */
const OPEN = "ExecutionStatus = 'Running'";

function openOn(taskQueue: string): string {
  return `TaskQueue = ${quoted(taskQueue)} AND ${OPEN}`;
}

/** A literal of Temporal's list filter, which is SQL's: a quote inside is doubled, a backslash is an escape. */
function quoted(value: string): string {
  return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}

async function count({ service, namespace }: Wire, query: string): Promise<number> {
  const response = await service.countWorkflowExecutions({ namespace, query });
  return Number(response.count ?? 0);
}

/** `type`: temporal.api.enums.v1.TaskQueueType. */
async function backlog({ service, namespace }: Wire, taskQueue: string, type: 1 | 2): Promise<number> {
  const { stats } = await service.describeTaskQueue({
    namespace,
    taskQueue: { name: taskQueue },
    taskQueueType: type,
    reportStats: true,
  });
  return Number(stats?.approximateBacklogCount ?? 0);
}
