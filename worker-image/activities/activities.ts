import { Context } from '@temporalio/activity';
import type { LoadedAgent } from '../snapshot.ts';
import {
  MODEL_ACTIVITY,
  PLAN_ACTIVITY,
  type ModelCallInput,
  type RunPlan,
  type ToolCallInput,
} from '../workflows/protocol.ts';
import type { AskRun } from './conversation.ts';
import { ConversationCache } from './conversation-cache.ts';
import { callModel, type ModelMetrics } from './model-call.ts';
import { makeFetch } from './outbound-fetch.ts';
import type { SecretPath } from './secret-file.ts';
import { callTool } from './tool-call.ts';

/** Memory for conversations; a worker has 512 MiB by default, and a run's conversation rarely more than one. */
const CONVERSATION_CACHE_BYTES = 64 * 1024 * 1024;

export interface ActivityDependencies {
  readonly agent: LoadedAgent;
  /** Sends CONVERSATION_QUERY to a run. */
  readonly conversation: AskRun;
  readonly metrics: ModelMetrics;
  /** Where secrets are mounted. Default: SECRETS_DIRECTORY. */
  readonly secretPath?: SecretPath;
}

/**
 * The activities of a worker. `default` gets every type that is not registered: the tools, by name. A tool may be called
 * like a registered activity all the same; what it is given tells the two apart, because a tool call alone carries an
 * idempotency key.
 */
export function createActivities(
  dependencies: ActivityDependencies,
): Record<string, (...args: unknown[]) => Promise<unknown>> {
  const calling = {
    ...dependencies,
    fetch: makeFetch(),
    cache: new ConversationCache(CONVERSATION_CACHE_BYTES),
  };
  const tool = (input: ToolCallInput): Promise<unknown> => callTool(calling, Context.current(), input);
  return {
    [MODEL_ACTIVITY]: (input) =>
      isToolCall(input) ? tool(input) : callModel(calling, Context.current(), input as ModelCallInput),
    [PLAN_ACTIVITY]: (input): Promise<unknown> =>
      isToolCall(input) ? tool(input) : Promise.resolve<RunPlan>(dependencies.agent.plan),
    default: (input) => tool(input as ToolCallInput),
  };
}

function isToolCall(input: unknown): input is ToolCallInput {
  return typeof input === 'object' && input !== null && 'idempotencyKey' in input;
}
