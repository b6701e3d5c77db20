import { isGrpcServiceError, NamespaceNotFoundError } from '@temporalio/client';
import { TemporalError } from './port.ts';

/** gRPC status codes: https://grpc.io/docs/guides/status-codes/. @temporalio/client does not export them. */
export const GRPC = {
  cancelled: 1,
  invalidArgument: 3,
  deadlineExceeded: 4,
  notFound: 5,
  alreadyExists: 6,
  permissionDenied: 7,
  resourceExhausted: 8,
  failedPrecondition: 9,
  outOfRange: 11,
  unimplemented: 12,
  unauthenticated: 16,
} as const;

/** The server's answer inside whatever the SDK wrapped around it. `details` is a sentence of the server, no payload. */
export interface ServerAnswer {
  readonly code: number;
  readonly details: string;
}

/** The gRPC status of an error of @temporalio/client: itself, or the cause of its ServiceError. */
export function serverAnswer(error: unknown): ServerAnswer | undefined {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth += 1) {
    if (isGrpcServiceError(at)) return { code: at.code, details: at.details };
  }
  return undefined;
}

/** What the call was about, for the message: `start run a/b` at `temporal:7233`. */
export interface CallContext {
  readonly what: string;
  readonly address: string;
  readonly namespace: string;
}

/** Makes the TemporalError of a foreign error. One that is a TemporalError already is passed through. */
export function temporalError(error: unknown, context: CallContext): TemporalError {
  if (error instanceof TemporalError) return error;
  const { what, address, namespace } = context;
  const fail = (reason: TemporalError['reason'], why: string) =>
    new TemporalError(reason, `Temporal at ${address}: cannot ${what}: ${why}`, { cause: error });

  const answer = serverAnswer(error);
  if (error instanceof NamespaceNotFoundError || isNamespaceMissing(answer)) {
    return fail(
      'TemporalNamespaceNotFound',
      `it has no namespace ${namespace}: create it, or correct the name`,
    );
  }
  // Not an answer of the server: the SDK could not make sense of one, or of our settings.
  if (answer === undefined) return fail('Refused', error instanceof Error ? error.message : String(error));
  if (isTimeout(error)) return fail('Unreachable', 'no answer in time');
  return fail(reasonOf(answer), steady(answer));
}

/**
 * The server's or grpc-js's sentence without what differs from one failure to the next: it ends in a condition's
 * message, and a message that changes at every attempt would be a status write at every attempt. (grpc-js 1.14: a
 * timestamp after "Protocol error", OpenSSL's thread in hex, a source line of OpenSSL, "Resolution note:".)
 */
function steady({ code, details }: ServerAnswer): string {
  const text = details
    .replace(/\s*Resolution note:[^]*$/, '')
    .replaceAll(/\s*\(\d{4}-\d\d-\d\dT[\d:.]+Z\)/g, '')
    .replaceAll(/[0-9A-F]{16}:error:/g, 'error:')
    .replaceAll(/:[./\w-]+\.c:\d+:/g, '')
    .replaceAll(/\s+/g, ' ')
    .trim();
  return text === '' ? `gRPC status ${code}` : text.slice(0, 500);
}

/**
 * UNKNOWN, INTERNAL, ABORTED, RESOURCE_EXHAUSTED and UNAVAILABLE all come of a server in trouble or of a proxy before it,
 * and CANCELLED is what a passed deadline looks like when the server notices it first (1.29): to be tried again.
 */
function reasonOf({ code, details }: ServerAnswer): TemporalError['reason'] {
  switch (code) {
    case GRPC.unauthenticated:
      return 'Unauthorized';
    case GRPC.permissionDenied:
      // "worker deployment versions are disabled on this namespace" (system.enableDeploymentVersions=false, 1.29).
      return /deployment.*disabled on this namespace/i.test(details)
        ? 'VersioningUnsupported'
        : 'Unauthorized';
    case GRPC.unimplemented:
      // A proxy or a web server that speaks no gRPC answers 404, which grpc-js reports under the same code.
      return /HTTP status code/i.test(details) ? 'Unreachable' : 'VersioningUnsupported';
    case GRPC.failedPrecondition:
      return /conflict token mismatch/i.test(details) ? 'Conflict' : 'Refused';
    case GRPC.invalidArgument:
    case GRPC.notFound:
    case GRPC.alreadyExists:
    case GRPC.outOfRange:
      return 'Refused';
    default:
      return 'Unreachable';
  }
}

/** A raw call gives NOT_FOUND for a missing namespace and for a missing workflow alike; only the sentence tells (1.29). */
function isNamespaceMissing(answer: ServerAnswer | undefined): boolean {
  return answer?.code === GRPC.notFound && /^Namespace .* is not found/i.test(answer.details);
}

/** The server says that there is no such workflow, version or deployment; a missing namespace is not meant. */
export function isNotFound(error: unknown): boolean {
  const answer = serverAnswer(error);
  return answer?.code === GRPC.notFound && !isNamespaceMissing(answer);
}

/** The call's time was over before an answer came. */
export function isTimeout(error: unknown): boolean {
  const code = serverAnswer(error)?.code;
  return code === GRPC.deadlineExceeded || code === GRPC.cancelled;
}
