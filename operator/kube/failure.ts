import { RetryableError, TerminalError } from '../errors.ts';
import { KubeError } from './port.ts';

/** `metav1.Status`, as far as it is read: the server's own account of a failure. */
interface ServerStatus {
  readonly message?: unknown;
  readonly reason?: unknown;
  readonly details?: { readonly retryAfterSeconds?: unknown };
}

/**
 * What a refused call means to the operator. `what` names the call (`apply Deployment shop/assistant`). Bodies stay
 * out of the message, but for 422: its text names the field, and without it nobody could correct anything. Invalid
 * values can be part of that text, which is why a Secret is never written.
 */
export function failureOf(what: string, status: number, body: string, retryAfter: string | undefined): Error {
  const answer = parseStatus(body);
  const text = `cannot ${what}: the API server answers ${status}`;
  switch (status) {
    case 400:
    case 422:
      return new KubeError('Invalid', `${text}: ${messageOf(answer)}`);
    case 401:
      return new KubeError(
        'Unauthorized',
        `${text}: it does not know this operator; its token or certificate may have expired`,
      );
    case 403:
      return new KubeError('Forbidden', `${text}: ${forbiddenHint(answer)}`);
    case 404:
      return new KubeError('NotFound', `${text}: the namespace or the kind does not exist`);
    case 409:
      return answer.reason === 'AlreadyExists'
        ? new KubeError('AlreadyExists', `${text}: it exists already`)
        : new KubeError('Conflict', `${text}: it was changed meanwhile`);
    case 410:
      return new KubeError('Expired', `${text}: the resource version is too old`);
    case 413:
      return new KubeError('TooLarge', `${text}: the object is too large`);
    default:
      break;
  }
  // etcd's limit arrives as a 500 (k8s.io/apiserver 1.36: "etcdserver: request is too large"): retrying cannot help.
  if (
    status === 500 &&
    typeof answer.message === 'string' &&
    answer.message.includes('request is too large')
  ) {
    return new KubeError('TooLarge', `${text}: the object is too large for etcd`);
  }
  // A field that the schema does not have is a 500 as well, when it is applied (seen with 1.36.3).
  if (
    status === 500 &&
    typeof answer.message === 'string' &&
    answer.message.includes('failed to create typed patch object')
  ) {
    return new KubeError('Invalid', `${text}: ${messageOf(answer)}`);
  }
  if (status === 429 || status === 408 || status >= 500) {
    const afterMs = retryAfterMs(retryAfter) ?? secondsToMs(answer.details?.retryAfterSeconds);
    return new RetryableError(text, afterMs === undefined ? {} : { afterMs });
  }
  return new TerminalError(text);
}

/** `Retry-After` in seconds or as an HTTP date. undefined when absent or unreadable. */
export function retryAfterMs(header: string | undefined, now = Date.now()): number | undefined {
  if (header === undefined || header.trim() === '') return undefined;
  const seconds = Number(header);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1_000);
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

function parseStatus(body: string): ServerStatus {
  try {
    const value: unknown = JSON.parse(body);
    return value !== null && typeof value === 'object' ? value : {};
  } catch {
    return {};
  }
}

function messageOf(answer: ServerStatus): string {
  return typeof answer.message === 'string' ? answer.message.slice(0, 2_048) : 'without a reason';
}

/** A namespace on its way out answers 403 to every creation; a person should not go and look for an RBAC rule then. */
function forbiddenHint(answer: ServerStatus): string {
  const message = typeof answer.message === 'string' ? answer.message : '';
  if (message.includes('is being terminated')) return 'the namespace is being deleted';
  if (message.includes('exceeded quota')) return 'a ResourceQuota of the namespace is exceeded';
  if (message.includes('violates PodSecurity')) return 'the pod security level of the namespace forbids it';
  return "the operator's role does not allow it; is the chart's RBAC installed for this namespace?";
}

function secondsToMs(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value * 1_000 : undefined;
}
