/** Asks a run for a part of its conversation by query. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from '@temporalio/client';
import type { NativeConnection } from '@temporalio/worker';
import { CONVERSATION_QUERY, type ConversationQuery, type Message } from './workflows/protocol.ts';

/** A worker that has the run in memory answers in milliseconds. */
const PATIENCE_MS = 150;

/**
 * A query goes to the worker that has the run in memory. When that one was killed, the server (1.29.1) waits for it for
 * the sticky timeout and then some: measured 1.5 s of recovery. So when there is no answer at once, the run is taken
 * from that worker and asked again; what answers first counts.
 */
export function askRun(
  connection: () => NativeConnection,
  namespace: string,
): (workflowId: string, runId: string, query: ConversationQuery) => Promise<readonly Message[]> {
  return async (workflowId, runId, query) => {
    const client = new Client({ connection: connection(), namespace });
    const ask = (): Promise<readonly Message[]> =>
      client.workflow
        .getHandle(workflowId, runId)
        .query<Message[], [ConversationQuery]>(CONVERSATION_QUERY, query);
    const first = ask();
    const answered = new AbortController();
    const again = sleep(PATIENCE_MS, undefined, { signal: answered.signal }).then(async () => {
      await client.workflowService.resetStickyTaskQueue({ namespace, execution: { workflowId, runId } });
      return ask();
    });
    try {
      return await Promise.any([first, again]);
    } catch (error) {
      throw error instanceof AggregateError ? error.errors[0] : error;
    } finally {
      answered.abort();
    }
  };
}
