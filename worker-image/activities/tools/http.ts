import type { HTTPTool, Tool } from '../../../crds/v1alpha1/tool.ts';
import { DEFAULT_MAX_OUTPUT_BYTES } from '../../run-plan.ts';
import type { ToolCallInput, ToolCallResult } from '../../workflows/protocol.ts';
import { readBounded } from '../bounded-body.ts';
import { BAD_PORT, connectionCode, isNetworkError, retryable, terminal } from '../failures.ts';
import type { OutboundFetch } from '../outbound-fetch.ts';
import { retryAfter } from '../retry-after.ts';
import type { SecretPath } from '../secret-file.ts';
import type { Attempt } from '../step.ts';
import { httpRequest } from './http-request.ts';
import { toolResult, verdictOf } from './http-response.ts';

/** Read on to count what is cut off, but not for ever. */
const READ_AT_MOST_BYTES = 16 * 1024 * 1024;

/** fetch's own objections to a request; sending it again changes nothing. */
const UNSENDABLE = new Set([
  BAD_PORT,
  'UND_ERR_INVALID_ARG',
  'UND_ERR_NOT_SUPPORTED',
  'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH',
  'ERR_INVALID_URL',
]);

export interface HTTPCalling {
  readonly fetch: OutboundFetch;
  readonly secretPath?: SecretPath;
}

/** Calls an HTTP tool once. Throws retryable failures for faults of the infrastructure; every real answer is a result. */
export async function callHTTP(
  tool: Tool & { readonly http: HTTPTool },
  input: ToolCallInput,
  attempt: Attempt,
  { fetch, secretPath }: HTTPCalling,
): Promise<ToolCallResult> {
  const request = await httpRequest(tool, input.arguments, input.idempotencyKey, secretPath);
  if (!request.ok) return { outcome: 'error', content: request.observation };
  const limit = tool.maxOutputBytes ?? DEFAULT_MAX_OUTPUT_BYTES;
  // The template, not the URL: what the model put into it is nobody's business in a log.
  const called = `${tool.http.method} ${tool.http.url}`;
  try {
    const response = await fetch(request.url, { ...request.init, signal: attempt.signal });
    const verdict = verdictOf(response.status, tool.http.successCodes);
    if (verdict === 'retry') {
      await response.body?.cancel();
      throw retryable(
        `HTTP.${response.status}`,
        `${called} answered ${response.status}.`,
        retryAfter(response.headers, Date.now()),
      );
    }
    return toolResult(response, await readBounded(response, limit, READ_AT_MOST_BYTES), verdict, limit);
  } catch (error) {
    if (!isNetworkError(error)) throw error;
    const code = connectionCode(error);
    if (UNSENDABLE.has(code))
      throw terminal('Internal', `${called} cannot be sent (${code}): check its url and headers.`);
    throw retryable('Connection', `The connection of ${called} failed (${code}).`);
  }
}
