import { ApplicationFailure } from '@temporalio/common';
import type { LoadedAgent } from '../snapshot.ts';
import type { ModelCallInput, ModelCallResult } from '../workflows/protocol.ts';
import { chatCompletion, EndpointFault } from './chat-completions.ts';
import { chatRequest } from './chat-request.ts';
import { modelCallResult } from './chat-response.ts';
import { conversationOf, type AskRun } from './conversation.ts';
import type { ConversationCache } from './conversation-cache.ts';
import { terminal } from './failures.ts';
import { modelFailure } from './model-failures.ts';
import type { OutboundFetch } from './outbound-fetch.ts';
import { readSecret, type SecretPath } from './secret-file.ts';
import { runAttempt, type Attempt, type Step } from './step.ts';

const OPENAI_BASE_URL = 'https://api.openai.com/v1';

export interface ModelMetrics {
  /** `outcome`: success, or the type of the failure. */
  modelRequest(model: string, outcome: string): void;
  tokens(direction: 'input' | 'output', n: number): void;
}

export interface ModelCalling {
  readonly agent: LoadedAgent;
  readonly conversation: AskRun;
  readonly cache: ConversationCache;
  readonly metrics: ModelMetrics;
  readonly fetch: OutboundFetch;
  readonly secretPath?: SecretPath;
}

/** The model activity: one chat completion. Failures are those of failures.ts. */
export function callModel(
  calling: ModelCalling,
  step: Step,
  input: ModelCallInput,
): Promise<ModelCallResult> {
  return runAttempt(step, 'Model.Timeout', async (attempt) => {
    const { workflowExecution } = step.info;
    if (workflowExecution === undefined) throw terminal('Internal', 'A model call belongs to a run.');
    const messages = await conversationOf(workflowExecution, input, calling.cache, calling.conversation);
    return request(calling, messages, attempt);
  });
}

async function request(
  { agent, metrics, fetch, secretPath }: ModelCalling,
  messages: Parameters<typeof chatRequest>[1],
  { signal }: Attempt,
): Promise<ModelCallResult> {
  const { model, instructions } = agent.snapshot;
  const baseURL = model.baseURL ?? OPENAI_BASE_URL;
  const key = model.apiKeySecretRef;
  const apiKey = key === undefined ? {} : { apiKey: await readSecret(key, secretPath) };
  try {
    const body = await chatCompletion(
      { baseURL, ...apiKey, fetch },
      chatRequest({ model, instructions, tools: agent.tools }, messages),
      signal,
    );
    const result = modelCallResult(body, agent.tools);
    metrics.modelRequest(model.name, 'success');
    metrics.tokens('input', result.usage.inputTokens);
    metrics.tokens('output', result.usage.outputTokens);
    return result;
  } catch (error) {
    const failure =
      error instanceof EndpointFault
        ? modelFailure(error.fault, { host: new URL(baseURL).host, ...apiKey, now: Date.now() })
        : error;
    metrics.modelRequest(model.name, outcomeOf(failure, signal));
    throw failure;
  }
}

function outcomeOf(failure: unknown, signal: AbortSignal): string {
  if (signal.aborted) return 'Interrupted';
  return failure instanceof ApplicationFailure ? (failure.type ?? 'Internal') : 'Internal';
}
