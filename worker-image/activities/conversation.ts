import type { ConversationQuery, Message, ModelCallInput } from '../workflows/protocol.ts';
import type { ConversationCache } from './conversation-cache.ts';
import { retryable, terminal } from './failures.ts';

/** Asks the run itself (CONVERSATION_QUERY). */
export type AskRun = (
  workflowId: string,
  runId: string,
  query: ConversationQuery,
) => Promise<readonly Message[]>;

/** One answer of the query: below Temporal's 2 MiB with room for JSON and for an encrypting codec. */
const PAGE_BYTES = 1_000_000;

export interface Run {
  readonly workflowId: string;
  readonly runId: string;
}

/** The whole conversation up to and including the tail: from the cache as far as it goes, the rest from the run. */
export async function conversationOf(
  run: Run,
  { tailStart, tail }: ModelCallInput,
  cache: ConversationCache,
  askRun: AskRun,
): Promise<readonly Message[]> {
  // The run ID is another one after a reset, when the same workflow ID may continue differently.
  const key = `${run.runId}/${run.workflowId}`;
  const before = [...cache.prefix(key, tailStart)];
  while (before.length < tailStart) {
    const page = await ask(run, before.length, askRun);
    if (page.length === 0) {
      throw terminal(
        'Internal',
        `The run has no message ${before.length}, but its model call begins at ${tailStart}.`,
      );
    }
    before.push(...page);
  }
  // A page may reach beyond what this call is about (a later turn is already under way).
  const whole = [...before.slice(0, tailStart), ...tail];
  cache.remember(key, whole);
  return whole;
}

async function ask(run: Run, from: number, askRun: AskRun): Promise<readonly Message[]> {
  try {
    return await askRun(run.workflowId, run.runId, { from, maxBytes: PAGE_BYTES });
  } catch (error) {
    throw retryable(
      'Conversation.Unavailable',
      `The run did not give its messages from ${from} on (${error instanceof Error ? error.name : 'no reason given'}).`,
    );
  }
}
