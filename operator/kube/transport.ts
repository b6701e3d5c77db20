import { request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Socket } from 'node:net';
import { RetryableError } from '../errors.ts';
import type { Credentials } from './credentials.ts';
import { failureOf } from './failure.ts';

export interface Call {
  /** For messages: `apply Deployment shop/assistant`. */
  readonly what: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly accept?: string;
  readonly body?: { readonly contentType: string; readonly value: unknown };
  /** Longest time until the whole answer is read (`send`) or its headers have arrived (`open`). */
  readonly timeoutMs: number;
  /** Called when the connection stands and before the first byte leaves; throwing sends nothing. */
  readonly guard?: () => void;
  readonly signal?: AbortSignal;
}

export interface Transport {
  /** JSON of a 2xx answer. A failed call throws what failure.ts makes of it, or a RetryableError when none came. */
  send(call: Call): Promise<unknown>;
  /** Body of a 2xx answer, to be read as it arrives. */
  open(call: Call): Promise<IncomingMessage>;
}

const USER_AGENT = 'durable-agents-operator';

/** Largest answer read: a page of 500 objects of at most 1.5 MB would not fit any heap, a page of ours does. */
const MAX_ANSWER_BYTES = 256 * 1024 * 1024;

/** Plain JSON over HTTP/1.1 keep-alive: what the typed client cannot do (unknown fields, timeouts, streams), codebases.md 0.4. */
export function makeTransport(credentials: Credentials): Transport {
  async function open(call: Call, deadline: AbortSignal): Promise<IncomingMessage> {
    const { agent, headers } = await authorize(credentials, call.what);
    deadline.throwIfAborted();
    const url = new URL(call.path, credentials.server);
    for (const [name, value] of Object.entries(call.query ?? {})) url.searchParams.set(name, value);
    const body = call.body === undefined ? undefined : Buffer.from(JSON.stringify(call.body.value));
    const send = url.protocol === 'http:' ? httpRequest : httpsRequest;
    return new Promise((resolve, reject) => {
      const request = send(url, {
        method: call.method,
        agent,
        signal: deadline,
        headers: {
          ...headers,
          accept: call.accept ?? 'application/json',
          'user-agent': USER_AGENT,
          ...(body === undefined
            ? {}
            : {
                'content-type': call.body?.contentType ?? '',
                'content-length': String(body.byteLength),
              }),
        },
      });
      request.once('error', reject);
      request.once('response', resolve);
      whenConnected(request, () => {
        try {
          call.guard?.();
        } catch (error) {
          request.destroy();
          reject(error as Error);
          return;
        }
        request.end(body);
      });
    });
  }

  return {
    send: async (call) => {
      const deadline = deadlineOf(call);
      try {
        const response = await open(call, deadline.signal);
        const text = await readAll(response);
        return check(call, response, text);
      } catch (error) {
        throw asFailure(call, error, deadline);
      } finally {
        deadline.clear();
      }
    },
    open: async (call) => {
      const deadline = deadlineOf(call);
      try {
        const response = await open(call, deadline.signal);
        if (!isSuccess(response)) check(call, response, await readAll(response));
        return response;
      } catch (error) {
        throw asFailure(call, error, deadline);
      } finally {
        // From now on it is the caller who ends the body.
        deadline.clear();
      }
    },
  };
}

async function authorize(credentials: Credentials, what: string): ReturnType<Credentials['authorize']> {
  try {
    return await credentials.authorize();
  } catch {
    // Not the cause: an exec plugin's stderr or a file's content may be in its message.
    throw new RetryableError(`cannot ${what}: the credentials for the API server cannot be read`);
  }
}

/**
 * Node writes nothing of a request before `end`, so waiting for the handshake keeps the guard's verdict and the bytes
 * in the same turn of the event loop: a process stopped while it connects asks again when it wakes up. What the kernel
 * took by then goes out even from a stopped process, at once; only the rest of a body larger than the socket's buffer
 * could leave late, and those are snapshots, whose name is their hash.
 */
function whenConnected(request: ClientRequest, go: () => void): void {
  request.once('socket', (socket: Socket & { readonly secureConnecting?: boolean }) => {
    if (socket.secureConnecting === true) socket.once('secureConnect', go);
    else if (socket.connecting) socket.once('connect', go);
    else go();
  });
}

interface Deadline {
  readonly signal: AbortSignal;
  readonly expired: () => boolean;
  clear(): void;
}

function deadlineOf(call: Call): Deadline {
  const controller = new AbortController();
  let expired = false;
  const timer = setTimeout(() => {
    expired = true;
    controller.abort();
  }, call.timeoutMs);
  const abort = (): void => controller.abort();
  if (call.signal?.aborted === true) abort();
  call.signal?.addEventListener('abort', abort, { once: true });
  return {
    signal: controller.signal,
    expired: () => expired,
    clear: () => {
      clearTimeout(timer);
      call.signal?.removeEventListener('abort', abort);
    },
  };
}

async function readAll(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response) {
    chunks.push(chunk as Buffer);
    length += (chunk as Buffer).byteLength;
    if (length > MAX_ANSWER_BYTES) throw new Error('the answer is too large');
  }
  if (!response.complete) throw new Error('the connection broke');
  return Buffer.concat(chunks).toString('utf8');
}

function isSuccess(response: IncomingMessage): boolean {
  return response.statusCode !== undefined && response.statusCode >= 200 && response.statusCode < 300;
}

function check(call: Call, response: IncomingMessage, text: string): unknown {
  if (!isSuccess(response))
    throw failureOf(call.what, response.statusCode ?? 0, text, response.headers['retry-after']);
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new RetryableError(
      `cannot ${call.what}: the answer is no JSON; is there a proxy in front of the API server?`,
    );
  }
}

/** Errors of the network become Retryable, by their code: the message of a TLS error can quote a certificate. */
function asFailure(call: Call, error: unknown, deadline: Deadline): unknown {
  if (error instanceof Error && ['KubeError', 'RetryableError', 'TerminalError'].includes(error.name))
    return error;
  if (deadline.expired())
    return new RetryableError(`cannot ${call.what}: no answer within ${call.timeoutMs / 1_000} s`);
  if (call.signal?.aborted === true) return new RetryableError(`cannot ${call.what}: stopped`);
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'the connection broke';
  return new RetryableError(`cannot ${call.what}: no answer from the API server (${code})`);
}
