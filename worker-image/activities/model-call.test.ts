import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ModelCallResult } from '../workflows/protocol.ts';
import { ConversationCache } from './conversation-cache.ts';
import { callModel } from './model-call.ts';
import { makeFetch } from './outbound-fetch.ts';
import type { Step } from './step.ts';
import { testAgent } from './testing/agent.ts';
import { LoopbackServer } from './testing/loopback-server.ts';
import { testStep } from './testing/step.ts';

const fetch = makeFetch();
let server: LoopbackServer;
let secrets: string;
let counted: [string, ...unknown[]][] = [];
beforeAll(async () => {
  server = await LoopbackServer.start();
  secrets = await mkdtemp(path.join(tmpdir(), 'secrets-'));
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await rm(secrets, { recursive: true });
});
beforeEach(() => {
  server.received.length = 0;
  counted = [];
});

const look = { name: 'look', description: 'Looks.', http: { url: 'http://tools.test/{at}' } };

function call(model: object = {}, step: Step = testStep()): Promise<ModelCallResult> {
  return callModel(
    {
      agent: testAgent({ baseURL: `${server.url}/v1`, ...model }, [look]),
      conversation: () => Promise.reject(new Error('not needed')),
      cache: new ConversationCache(1e6),
      metrics: {
        modelRequest: (...values) => void counted.push(['request', ...values]),
        tokens: (...values) => void counted.push(['tokens', ...values]),
      },
      fetch,
      secretPath: ({ key }) => path.join(secrets, key),
    },
    step,
    { turn: 1, tailStart: 0, tail: [{ role: 'user', content: 'hi' }] },
  );
}

function answer(status: number, body: unknown, headers: Record<string, string> = {}): void {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  server.answer = (response) =>
    void response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(text);
}

const good = {
  choices: [{ message: { role: 'assistant', content: 'hello' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 12, completion_tokens: 3 },
};

describe('a model call', () => {
  it('asks once and counts what it cost', async () => {
    answer(200, good);
    expect(await call()).toEqual({
      message: { role: 'assistant', content: 'hello', toolCalls: [] },
      usage: { inputTokens: 12, outputTokens: 3 },
      finishReason: 'stop',
    });
    expect(server.received).toHaveLength(1);
    expect(server.last).toMatchObject({ method: 'POST', url: '/v1/chat/completions' });
    expect(JSON.parse(server.last?.body ?? '')).toMatchObject({
      model: 'm',
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'hi' },
      ],
      tools: [
        {
          type: 'function',
          function: { name: 'look', parameters: { type: 'object', required: ['at'] } },
        },
      ],
    });
    expect(counted).toEqual([
      ['request', 'm', 'success'],
      ['tokens', 'input', 12],
      ['tokens', 'output', 3],
    ]);
  });

  it('sends no Authorization without a key, whatever the environment holds', async () => {
    process.env['OPENAI_API_KEY'] = 'sk-of-a-module-tool';
    try {
      answer(200, good);
      await call();
      expect(server.last?.headers).not.toHaveProperty('authorization');
    } finally {
      delete process.env['OPENAI_API_KEY'];
    }
  });

  it('sends the key of now', async () => {
    answer(200, good);
    for (const key of ['old-key', 'new-key']) {
      await writeFile(path.join(secrets, 'key'), `${key}\n`);
      await call({ apiKeySecretRef: { name: 's', key: 'key' } });
      expect(server.last?.headers.authorization).toBe(`Bearer ${key}`);
    }
  });
});

describe('a fault of the endpoint', () => {
  it('is tried once: the retries are for Temporal to count', async () => {
    answer(429, { error: { message: 'slow down', code: 'rate_limit_exceeded' } }, { 'retry-after': '7' });
    await expect(call()).rejects.toMatchObject({
      type: 'Model.RateLimited',
      nonRetryable: false,
      nextRetryDelay: 7_000,
      message: expect.stringMatching(/^127\.0\.0\.1:\d+ answered 429: slow down$/),
    });
    expect(server.received).toHaveLength(1);
    expect(counted).toEqual([['request', 'm', 'Model.RateLimited']]);
  });

  it.each<[string, () => void, object]>([
    [
      'a 500 with a page',
      () => answer(500, '<html>secret</html>', { 'content-type': 'text/html' }),
      { type: 'Model.ServerError' },
    ],
    [
      'no money',
      () => answer(429, { error: { message: 'no', code: 'insufficient_quota' } }),
      { type: 'Model.InsufficientQuota', nonRetryable: true },
    ],
    [
      'a conversation too long',
      () => answer(400, { error: { message: 'too long', code: 'context_length_exceeded' } }),
      { type: 'Model.ContextLengthExceeded', nonRetryable: true },
    ],
    [
      'a redirect',
      () => answer(307, '', { location: 'http://127.0.0.1/steal' }),
      {
        type: 'Model.BadRequest',
        nonRetryable: true,
        message: expect.stringContaining('Redirects are not followed'),
      },
    ],
    [
      'truncated JSON',
      () => answer(200, '{"choices": [{"mess'),
      { type: 'Model.InvalidResponse', nonRetryable: false },
    ],
    [
      'a web page',
      () => answer(200, '<html>', { 'content-type': 'text/html' }),
      { type: 'Model.InvalidResponse', message: expect.stringContaining('check baseURL') },
    ],
    ['an empty body', () => answer(200, ''), { type: 'Model.InvalidResponse', nonRetryable: false }],
    [
      '204',
      () => (server.answer = (response) => void response.writeHead(204).end()),
      { type: 'Model.InvalidResponse' },
    ],
    [
      'a reset before the answer',
      () => (server.answer = (response) => void response.socket?.resetAndDestroy()),
      { type: 'Model.Connection', nonRetryable: false },
    ],
    [
      'a reset in the answer',
      () =>
        (server.answer = (response) => {
          response.writeHead(200, { 'content-type': 'application/json', 'content-length': '500' });
          response.write('{"choices"', () => response.socket?.resetAndDestroy());
        }),
      { type: 'Model.Connection', nonRetryable: false },
    ],
    [
      'a reply of 9 MB',
      () => answer(200, { ...good, padding: 'x'.repeat(9_000_000) }),
      { type: 'Model.InvalidResponse', nonRetryable: true },
    ],
    [
      'an error of 9 MB',
      () => answer(500, 'x'.repeat(9_000_000)),
      { type: 'Model.ServerError', nonRetryable: false },
    ],
  ])('such as %s', async (_, script, failure) => {
    script();
    await expect(call()).rejects.toMatchObject(failure);
    expect(server.received).toHaveLength(1);
  });

  it('never shows the key, also when the endpoint does', async () => {
    await writeFile(path.join(secrets, 'key'), 'hunter2hunter2');
    answer(401, { error: { message: 'Incorrect API key provided: hunter2hunter2' } });
    const failure: unknown = await call({ apiKeySecretRef: { name: 's', key: 'key' } }).catch(
      (error: unknown) => error,
    );
    expect(failure).toMatchObject({ type: 'Model.Authentication', nonRetryable: true });
    expect(String(failure) + JSON.stringify(failure)).not.toContain('hunter2');
  });

  it('such as no answer, or half of one, in time', async () => {
    const step = () => testStep({ startToCloseTimeoutMs: 200 });
    server.answer = () => undefined;
    await expect(call({}, step())).rejects.toMatchObject({ type: 'Model.Timeout', nonRetryable: false });
    server.answer = (response) =>
      void response.writeHead(200, { 'content-type': 'application/json' }).write('{');
    await expect(call({}, step())).rejects.toMatchObject({ type: 'Model.Timeout', nonRetryable: false });
  });
});

it('closes the connection when the run is cancelled', async () => {
  const step = testStep();
  const closed = new Promise((resolve) => {
    server.answer = (response) => {
      response.on('close', resolve);
      step.cancel('cancelRequested');
    };
  });
  await expect(call({}, step)).rejects.toMatchObject({ name: 'CancelledFailure' });
  await closed;
  expect(counted).toEqual([['request', 'm', 'Interrupted']]);
});
