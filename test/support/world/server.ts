import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Entry, Fault, Match, Script, ScriptedTurn } from './protocol.ts';

/** `node server.ts <address> <port> <control socket>` */
const [address, port, controlSocket] = process.argv.slice(2);
if (address === undefined || port === undefined || controlSocket === undefined)
  throw new Error('usage: server.ts ADDRESS PORT SOCKET');

const scripts = new Map<string, Script>();
let faults: { fault: Fault; left: number }[] = [];
const entries: Entry[] = [];
const unscripted: string[] = [];
const releases: { match: Match; release: () => void }[] = [];

interface ChatRequest {
  readonly model: string;
  readonly stream?: boolean;
  readonly messages: readonly { readonly role: string; readonly content?: string | null }[];
}

async function body(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function reply(
  response: ServerResponse,
  status: number,
  value: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value));
}

function matches(match: Match, entry: Entry): boolean {
  return (
    (match.kind === undefined || match.kind === entry.kind) &&
    (match.script === undefined || match.script === entry.script) &&
    (match.input === undefined || match.input === entry.input) &&
    (match.turn === undefined || match.turn === entry.turn) &&
    (match.tool === undefined || match.tool === entry.tool)
  );
}

/** Logs the request, applies the first fault that matches, then lets `answer` answer. */
async function serve(entry: Entry, response: ServerResponse, answer: () => void): Promise<void> {
  entries.push(entry);
  response.on('finish', () => {
    entry.respondedAt = Date.now();
    entry.status = response.statusCode;
  });
  response.on('close', () => {
    if (entry.respondedAt === undefined) entry.abandonedAt = Date.now();
  });
  const found = faults.find(({ fault, left }) => left > 0 && matches(fault.match, entry));
  if (found !== undefined) {
    found.left -= 1;
    const { fault } = found;
    if (fault.delayMs !== undefined) await sleep(fault.delayMs);
    if (fault.hold === true) {
      await new Promise<void>((resolve) => {
        releases.push({ match: fault.match, release: resolve });
        response.on('close', resolve);
      });
    }
    if (response.destroyed) return;
    if (fault.reset === true) {
      response.destroy();
      return;
    }
    if (fault.status !== undefined) {
      reply(
        response,
        fault.status,
        { error: { message: `scripted fault ${fault.status}`, code: null } },
        { ...fault.headers },
      );
      return;
    }
  }
  answer();
}

function fill(value: unknown, input: string): unknown {
  return JSON.parse(JSON.stringify(value).replaceAll('$input', JSON.stringify(input).slice(1, -1)));
}

function completion(
  turn: ScriptedTurn,
  input: string,
  number: number,
): { message: object; finishReason: string } {
  const calls = turn.toolCalls?.map((call, index) => ({
    id: `call_${number}_${index + 1}`,
    type: 'function',
    function: {
      name: call.name,
      arguments:
        typeof call.arguments === 'string' ? call.arguments : JSON.stringify(fill(call.arguments, input)),
    },
  }));
  return {
    message: {
      role: 'assistant',
      content: turn.content === undefined ? null : String(fill(turn.content, input)),
      ...(calls === undefined ? {} : { tool_calls: calls }),
    },
    finishReason: calls === undefined ? 'stop' : 'tool_calls',
  };
}

async function chat(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { messages, model } = JSON.parse(await body(request)) as ChatRequest;
  const prompt = messages.find(({ role }) => role === 'system')?.content ?? '';
  const input = messages.find(({ role }) => role === 'user')?.content ?? '';
  const number = messages.filter(({ role }) => role === 'assistant').length + 1;
  const id = /script: (\S+)/.exec(prompt)?.[1] ?? '';
  const entry = newEntry(request, { kind: 'model', script: id, input, turn: number, prompt });
  await serve(entry, response, () => {
    const turn = scripts.get(id)?.turns[number - 1];
    if (turn === undefined) {
      unscripted.push(`script ${JSON.stringify(id)} has no turn ${number}`);
      reply(response, 400, {
        error: { message: `unscripted: script ${id} has no turn ${number}`, type: 'invalid_request_error' },
      });
      return;
    }
    const { message, finishReason } = completion(turn, input, number);
    reply(response, 200, {
      id: `chatcmpl-${entry.sequence}`,
      object: 'chat.completion',
      created: Math.floor(Date.now() / 1000),
      model,
      choices: [{ index: 0, message, finish_reason: finishReason, logprobs: null }],
      usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 },
    });
  });
}

/** POST /tools/<script>/<name>: answers `<name>(<its JSON arguments>)`, at once and always the same. */
async function tool(
  request: IncomingMessage,
  response: ServerResponse,
  script: string,
  name: string,
): Promise<void> {
  const text = await body(request);
  const args = text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
  const input = typeof args['input'] === 'string' ? args['input'] : '';
  const step = typeof args['step'] === 'number' ? args['step'] : 0;
  const entry = newEntry(request, { kind: 'tool', script, input, turn: step, tool: name, prompt: text });
  await serve(entry, response, () => reply(response, 200, { result: `${name}(${text})` }));
}

function newEntry(
  request: IncomingMessage,
  facts: Pick<Entry, 'kind' | 'script' | 'input' | 'turn' | 'prompt'> & { tool?: string },
): Entry {
  return {
    sequence: entries.length + 1,
    tool: '',
    idempotencyKey: String(request.headers['idempotency-key'] ?? ''),
    authorization: String(request.headers.authorization ?? ''),
    caller: request.socket.remoteAddress ?? '',
    receivedAt: Date.now(),
    ...facts,
  };
}

function fail(response: ServerResponse, error: unknown): void {
  unscripted.push(String(error));
  if (!response.headersSent) reply(response, 500, { error: { message: String(error) } });
}

createServer((request, response) => {
  const url = new URL(request.url ?? '/', 'http://world');
  const path = url.pathname.split('/').slice(1);
  if (request.method === 'POST' && url.pathname === '/v1/chat/completions') {
    chat(request, response).catch((error: unknown) => fail(response, error));
  } else if (path[0] === 'tools' && path.length === 3) {
    tool(request, response, path[1] ?? '', path[2] ?? '').catch((error: unknown) => fail(response, error));
  } else {
    unscripted.push(`${request.method} ${request.url}`);
    reply(response, 404, { error: { message: `unscripted: ${request.method} ${request.url}` } });
  }
}).listen(Number(port), address);

const control: Readonly<Record<string, (value: never) => unknown>> = {
  script: (script: Script) => void scripts.set(script.id, script),
  fault: (fault: Fault) => void faults.push({ fault, left: fault.times }),
  /** Ends the faults that were set with exactly this match and lets what they hold go on. */
  release: (match: Match) => {
    const same = (other: Match) => JSON.stringify(other) === JSON.stringify(match);
    faults = faults.filter(({ fault }) => !same(fault.match));
    for (const held of releases) if (same(held.match)) held.release();
  },
  log: (match: Match) => ({ entries: entries.filter((entry) => matches(match, entry)), unscripted }),
};

createServer((request, response) => {
  body(request)
    .then((text) => {
      const handler = control[(request.url ?? '/').slice(1)];
      if (handler === undefined) throw new Error(`no control ${request.url}`);
      reply(response, 200, handler(JSON.parse(text) as never) ?? {});
    })
    .catch((error: unknown) => reply(response, 500, { error: String(error) }));
}).listen(controlSocket, () => console.log('ready'));
