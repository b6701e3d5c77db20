import { createHash } from 'node:crypto';
import {
  ApplicationFailure,
  WorkflowExecutionAlreadyStartedError,
  WorkflowFailedError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import {
  ANSWER_UPDATE,
  STATE_QUERY,
  WORKFLOW_TYPE,
  type RunState,
} from '../../crds/v1alpha1/run-protocol.ts';
import { CHANGE_MS, IDENTITY, type TemporalChannel } from './channel.ts';
import { GRPC, isNotFound, isTimeout, serverAnswer } from './errors.ts';
import { pendingActivity } from './pending-activity.ts';
import { runResultOf } from './run-result.ts';
import type { RunStatus, TemporalClient } from './port.ts';

type Runs = Pick<
  TemporalClient,
  'startRun' | 'describeRun' | 'runResult' | 'queryState' | 'answer' | 'cancelRun'
>;

/** A worker answers in milliseconds; one that does not is dead, starting or busy replaying. */
const QUERY_MS = 3_000;

/**
 * temporal.api.enums.v1.WorkflowExecutionStatus. A paused run is open. Continued-as-new is the instant between two runs
 * of a chain; the ID alone always means the newest of them.
 */
const STATUS: Readonly<Record<number, RunStatus>> = {
  1: 'Running',
  2: 'Completed',
  3: 'Failed',
  4: 'Canceled',
  5: 'Terminated',
  6: 'Running',
  7: 'TimedOut',
  8: 'Running',
};

export function runsOf(channel: TemporalChannel): Runs {
  return {
    startRun: ({ workflowID, taskQueue, input, summary }) =>
      channel.call(
        `start run ${workflowID}`,
        async ({ client }) => {
          try {
            await client.workflow.start(WORKFLOW_TYPE, {
              workflowId: workflowID,
              taskQueue,
              args: [input],
              // Together: open -> that one, closed -> AlreadyStarted. Never a second run under the ID.
              workflowIdConflictPolicy: 'USE_EXISTING',
              workflowIdReusePolicy: 'REJECT_DUPLICATE',
              ...(summary === undefined ? {} : { staticSummary: summary }),
            });
          } catch (error) {
            if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
          }
        },
        CHANGE_MS,
      ),

    describeRun: (workflowID) =>
      channel.call(`describe run ${workflowID}`, async ({ service, namespace }) => {
        try {
          const { workflowExecutionInfo: info, pendingActivities } = await service.describeWorkflowExecution({
            namespace,
            execution: { workflowId: workflowID },
          });
          if (info === undefined || info === null) return undefined;
          return {
            workflowID,
            runID: info.execution?.runId ?? '',
            workflowType: info.type?.name ?? '',
            taskQueue: info.taskQueue ?? '',
            status: STATUS[info.status ?? 1] ?? 'Running',
            startTime: dateOf(info.startTime) ?? new Date(0),
            closeTime: dateOf(info.closeTime),
            historyLength: Number(info.historyLength ?? 0),
            buildID: info.versioningInfo?.deploymentVersion?.buildId || undefined,
            pendingActivities: (pendingActivities ?? []).map(pendingActivity),
          };
        } catch (error) {
          if (isNotFound(error)) return undefined;
          throw error;
        }
      }),

    runResult: (workflowID, runID) =>
      channel.call(`read the result of run ${workflowID}`, async ({ client }) => {
        try {
          const value: unknown = await client.workflow.result(workflowID, runID);
          return { kind: 'completed', result: runResultOf(value) };
        } catch (error) {
          if (!(error instanceof WorkflowFailedError)) throw error;
          return { kind: 'failed', ...failureOf(error.cause) };
        }
      }),

    queryState: (workflowID) =>
      channel.call(
        `query run ${workflowID}`,
        async ({ client }) => {
          try {
            return await client.workflow.getHandle(workflowID).query<RunState>(STATE_QUERY);
          } catch (error) {
            if (isTimeout(error) || NO_STATE.has(serverAnswer(error)?.code ?? -1)) return undefined;
            // QueryNotRegisteredError carries its code itself and no cause.
            if (error instanceof Error && error.name === 'QueryNotRegisteredError') return undefined;
            throw error;
          }
        },
        QUERY_MS,
      ),

    answer: (workflowID, input) =>
      channel.call(
        `answer run ${workflowID}`,
        async ({ client }) => {
          try {
            await client.workflow.getHandle(workflowID).executeUpdate(ANSWER_UPDATE, {
              args: [input],
              updateId: updateID(input),
            });
            return { kind: 'accepted' };
          } catch (error) {
            if (error instanceof WorkflowUpdateFailedError) {
              return { kind: 'rejected', message: error.cause?.message ?? error.message };
            }
            if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) return { kind: 'unanswered' };
            if (isNotFound(error) || (error instanceof Error && error.name === 'WorkflowNotFoundError')) {
              return { kind: 'rejected', message: 'the run is over' };
            }
            throw error;
          }
        },
        CHANGE_MS / 2,
      ),

    cancelRun: (workflowID) =>
      channel.call(
        `cancel run ${workflowID}`,
        async ({ service, namespace }) => {
          try {
            await service.requestCancelWorkflowExecution({
              namespace,
              workflowExecution: { workflowId: workflowID },
              // A constant: Temporal takes a second request with the same one for a repetition of the first.
              requestId: 'durable-agents-cancel',
              identity: IDENTITY,
              reason: 'requested through Kubernetes',
            });
          } catch (error) {
            if (!isNotFound(error)) throw error;
          }
        },
        CHANGE_MS,
      ),
  };
}

/**
 * The server or the run says that it cannot tell now: not ready for queries before its first task, a failed task, no
 * such query, too many queries at once. The run goes on regardless.
 */
const NO_STATE: ReadonlySet<number> = new Set([
  GRPC.invalidArgument,
  GRPC.notFound,
  GRPC.failedPrecondition,
  GRPC.resourceExhausted,
]);

/**
 * Of question and answer together: the same answer again is the same Update, and another answer to the same question
 * still reaches the run, which refuses it. (By the question alone, Temporal would give the first answer's success to both.)
 */
function updateID({ id, answer }: { readonly id: string; readonly answer: string }): string {
  return createHash('sha256').update(`${id}\n${answer}`).digest('hex');
}

function failureOf(cause: Error | undefined): { readonly type: string; readonly message: string } {
  if (cause === undefined) return { type: 'Unknown', message: 'the run failed without saying why' };
  const type = cause instanceof ApplicationFailure ? cause.type : undefined;
  return {
    type: type || cause.name.replace(/Failure$/, '').replace('Cancelled', 'Canceled'),
    message: cause.message,
  };
}

/** google.protobuf.Timestamp. */
function dateOf(
  time: { readonly seconds?: unknown; readonly nanos?: number | null } | null | undefined,
): Date | undefined {
  if (time === null || time === undefined) return undefined;
  return new Date(Number(time.seconds ?? 0) * 1_000 + Math.floor((time.nanos ?? 0) / 1_000_000));
}
