import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { Control } from './control.ts';
import { play, UnscriptedError } from './player.ts';
import { completion, completionChunks, textOf, type Reply, type WireRequest } from './wire.ts';

export interface ScriptedModelOptions {
  /** When set, calls need `Authorization: Bearer <apiKey>`. */
  readonly apiKey?: string;
  readonly latencyMilliseconds?: number;
}

const MODEL = 'scripted';
const MAX_BODY_BYTES = 4 * 1024 * 1024;

/** A refusal in OpenAI's shape: {error: {message, type, param, code}}. */
class Refusal extends Error {
  readonly status: number;
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, code: string, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

/**
 * POST /v1/chat/completions (with `stream: true` as server-sent events), GET /v1/models, GET /healthz;
 * POST /control (see ControlChange) and GET /control -> {calls, pendingFailures, latencyMilliseconds}.
 */
export function createScriptedModel(options: ScriptedModelOptions = {}): Server {
  const control = new Control(options.latencyMilliseconds ?? 0);

  async function chat(request: IncomingMessage, response: ServerResponse): Promise<void> {
    authorize(request, options.apiKey);
    const body = parseRequest(await readBody(request));
    const call = {
      conversation: hash(textOf(body.messages.find(({ role }) => role === 'user'))),
      turn: body.messages.filter(({ role }) => role === 'assistant').length + 1,
    };
    try {
      await sleep(control.latencyMilliseconds);
      const failure = control.nextFailure();
      if (failure !== undefined) {
        const headers =
          failure.retryAfterSeconds === undefined ? {} : { 'retry-after': String(failure.retryAfterSeconds) };
        const code = failure.status === 429 ? 'rate_limit_exceeded' : 'server_error';
        throw new Refusal(failure.status, code, 'This failure was asked for through /control.', headers);
      }
      const reply = play(body);
      control.log({ ...call, status: 200 });
      if (body.stream === true) stream(response, body, reply);
      else json(response, 200, completion(body, reply));
    } catch (error) {
      const refusal =
        error instanceof UnscriptedError ? new Refusal(400, 'unscripted', error.message) : error;
      if (refusal instanceof Refusal) control.log({ ...call, status: refusal.status });
      throw refusal;
    }
  }

  async function route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? '/', 'http://scripted-model');
    switch (`${request.method} ${pathname}`) {
      case 'POST /v1/chat/completions':
        return chat(request, response);
      case 'GET /v1/models':
        authorize(request, options.apiKey);
        return json(response, 200, {
          object: 'list',
          data: [{ id: MODEL, object: 'model', created: 0, owned_by: MODEL }],
        });
      case 'GET /healthz':
        return json(response, 200, { ok: true });
      case 'GET /control': {
        const { calls, pendingFailures, latencyMilliseconds } = control;
        return json(response, 200, { calls, pendingFailures, latencyMilliseconds });
      }
      case 'POST /control': {
        const problem = control.apply(parseJSON(await readBody(request)));
        if (problem !== undefined) throw new Refusal(400, 'invalid_control', problem);
        return json(response, 200, { ok: true });
      }
      default:
        throw new Refusal(404, 'not_found', `There is no ${request.method} ${pathname} here.`);
    }
  }

  return createServer((request, response) => {
    route(request, response).catch((error: unknown) => {
      const refusal =
        error instanceof Refusal ? error : new Refusal(500, 'server_error', 'The scripted model has a bug.');
      const type = refusal.status >= 500 ? 'server_error' : 'invalid_request_error';
      const body = { error: { message: refusal.message, type, param: null, code: refusal.code } };
      json(response, refusal.status, body, refusal.headers);
    });
  });
}

function authorize(request: IncomingMessage, apiKey: string | undefined): void {
  if (apiKey === undefined || request.headers.authorization === `Bearer ${apiKey}`) return;
  throw new Refusal(401, 'invalid_api_key', 'The API key is missing or wrong.');
}

function parseRequest(text: string): WireRequest {
  const body = parseJSON(text) as Partial<WireRequest> | null;
  if (typeof body?.model !== 'string' || !Array.isArray(body.messages)) {
    throw new Refusal(400, 'invalid_request', 'model and messages are required.');
  }
  return body as WireRequest;
}

function parseJSON(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Refusal(400, 'invalid_json', 'The body is not JSON.');
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES)
      throw new Refusal(413, 'too_large', `The body is larger than ${MAX_BODY_BYTES} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function stream(response: ServerResponse, request: WireRequest, reply: Reply): void {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
  for (const chunk of completionChunks(request, reply)) response.write(`data: ${JSON.stringify(chunk)}\n\n`);
  response.end('data: [DONE]\n\n');
}

function json(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

const hash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 12);
