import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { answerQuestion } from './answer.ts';
import { failureOf } from './failures.ts';
import { Ledger, type Entry } from './ledger.ts';

export interface AnswererOptions {
  /** The secret, a key of THINGS. */
  readonly thing: string;
  readonly seed: number;
  /** Told of every request to /ask. */
  readonly onEntry?: (entry: Entry) => void;
}

const MAX_BODY_BYTES = 64 * 1024;

interface Reply {
  readonly status: number;
  readonly body: unknown;
}

/**
 * POST /ask {question} -> {answer: "yes" | "no"}; 503 for every fifth call; the same Idempotency-Key gets the recorded
 * answer, with another question it gets 422. GET /log -> {thing, entries}. GET /healthz.
 */
export function createAnswerer(options: AnswererOptions): Server {
  const ledger = new Ledger();
  let calls = 0;

  function ask(question: string, key: string | undefined): Reply {
    const failure = failureOf(options.seed, calls++);
    const note = (outcome: Entry['outcome']) => {
      const entry = ledger.log({ key, question, outcome, delivered: failure === undefined });
      options.onEntry?.(entry);
    };
    if (failure === 'before') {
      note('failed');
      return { status: 503, body: { error: 'out of order, try again' } };
    }
    const recorded = ledger.recorded(key);
    if (recorded !== undefined && recorded.question !== question) {
      return { status: 422, body: { error: 'this Idempotency-Key was used for another question' } };
    }
    const answer = recorded?.answer ?? answerQuestion(options.thing, question);
    ledger.record(key, { question, answer });
    note(recorded === undefined ? 'executed' : 'replayed');
    if (failure === 'after')
      return { status: 503, body: { error: 'the answer was lost on the way, try again' } };
    if ('misunderstood' in answer) return { status: 422, body: { error: answer.misunderstood } };
    return { status: 200, body: answer };
  }

  async function route(request: IncomingMessage): Promise<Reply> {
    const { pathname } = new URL(request.url ?? '/', 'http://answerer');
    if (request.method === 'GET' && pathname === '/healthz') return { status: 200, body: { ok: true } };
    if (request.method === 'GET' && pathname === '/log') {
      return { status: 200, body: { thing: options.thing, entries: ledger.entries } };
    }
    if (request.method !== 'POST' || pathname !== '/ask') {
      return { status: 404, body: { error: `no ${request.method} ${pathname} here: POST /ask {question}` } };
    }
    const question = questionOf(await readBody(request));
    if (question === undefined)
      return { status: 400, body: { error: 'send JSON: {"question": "Is it alive?"}' } };
    const header = request.headers['idempotency-key'];
    return ask(question, typeof header === 'string' ? header : undefined);
  }

  return createServer((request, response) => {
    route(request).then(
      (reply) => send(response, reply),
      () =>
        send(response, {
          status: 400,
          body: { error: `the body is larger than ${MAX_BODY_BYTES} bytes or broke off` },
        }),
    );
  });
}

function questionOf(body: string): string | undefined {
  try {
    const { question } = JSON.parse(body) as { question?: unknown };
    return typeof question === 'string' ? question : undefined;
  } catch {
    return undefined;
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw new Error('too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function send(response: ServerResponse, { status, body }: Reply): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
