import { ApplicationFailure } from '@temporalio/common';

/**
 * Types of the failures a step can end with. API: `retryPolicy.nonRetryableErrorTypes` names them, and they are the
 * `reason` of `durable_agent_activity_retries_total`, so there are few and they do not change.
 *
 * | type | when | retried |
 * |---|---|---|
 * | `Model.RateLimited` | 429 | yes, after Retry-After |
 * | `Model.InsufficientQuota` | 429 with code insufficient_quota, 402 | no |
 * | `Model.Authentication` | 401, 403 | no |
 * | `Model.ContextLengthExceeded` | 400 or 413 that says the conversation is too long | no |
 * | `Model.BadRequest` | any other 3xx (redirects are not followed) and 4xx | no |
 * | `Model.ServerError` | 5xx, 409, 425 | yes, after Retry-After |
 * | `Model.Connection` | DNS, TCP, TLS, or a reply that breaks off | yes |
 * | `Model.Timeout` | no reply within startToClose, 408 | yes |
 * | `Model.InvalidResponse` | a reply that is no chat completion, or empty; cut or filtered to nothing: not retried | yes |
 * | `Conversation.Unavailable` | the run did not give its messages | yes |
 * | `HTTP.<status>` | a tool answered 408, 425, 429 or 5xx | yes, after Retry-After |
 * | `Connection` | a tool: DNS, TCP, TLS, or a body that breaks off | yes |
 * | `Timeout` | a tool did not finish within startToClose | yes |
 * | `Module.Error` | a module tool threw | yes, unless its error has nonRetryable true |
 * | `Secret.Unreadable` | the mounted file of a Secret is not there | yes |
 * | `Secret.Invalid` | a Secret's value cannot be sent in a header | no |
 * | `WorkerShutdown` | the worker had to stop before the step was done | yes, elsewhere |
 * | `Internal` | a bug, or a workflow and a worker of different versions | no |
 *
 * `x-should-retry: true|false` of a model endpoint wins over the last column.
 */
export type FailureType =
  | `Model.${'RateLimited' | 'InsufficientQuota' | 'Authentication' | 'ContextLengthExceeded' | 'BadRequest'}`
  | `Model.${'ServerError' | 'Connection' | 'Timeout' | 'InvalidResponse'}`
  | 'Conversation.Unavailable'
  | `HTTP.${number}`
  | 'Connection'
  | 'Timeout'
  | 'Module.Error'
  | 'Secret.Unreadable'
  | 'Secret.Invalid'
  | 'WorkerShutdown'
  | 'Internal';

/**
 * A failure for Temporal to retry by the step's policy; `afterMs` replaces the wait the policy would choose.
 * Messages end up in histories and logs: no header, no key, no body. No cause either, a foreign error may hold all three.
 */
export function retryable(type: FailureType, message: string, afterMs?: number): ApplicationFailure {
  return ApplicationFailure.create({
    type,
    message,
    nonRetryable: false,
    ...(afterMs === undefined ? {} : { nextRetryDelay: afterMs }),
  });
}

/** A failure that trying again cannot help. */
export function terminal(type: FailureType, message: string): ApplicationFailure {
  return ApplicationFailure.create({ type, message, nonRetryable: true });
}

/** fetch refuses some ports whatever listens there (https://fetch.spec.whatwg.org/#port-blocking); 6000 and 10080 are two. */
export const BAD_PORT = 'bad port';

/** Whether fetch gave up (undici 7: `fetch failed` before the headers, `terminated` after them), not some bug of ours. */
export function isNetworkError(error: unknown): boolean {
  return error instanceof TypeError && (error.message === 'fetch failed' || error.message === 'terminated');
}

/** Why a connection failed, without its details: `ECONNREFUSED`, `ENOTFOUND`, `UND_ERR_SOCKET`. */
export function connectionCode(error: unknown): string {
  for (let cause = error, depth = 0; cause instanceof Error && depth < 5; cause = cause.cause, depth += 1) {
    if ('code' in cause && typeof cause.code === 'string') return cause.code;
    if (cause.message === BAD_PORT) return BAD_PORT;
    // Several addresses were tried (localhost on IPv6 and IPv4): the first tells enough.
    if (cause instanceof AggregateError && cause.errors.length > 0) return connectionCode(cause.errors[0]);
  }
  return error instanceof Error ? error.name : 'unknown error';
}
