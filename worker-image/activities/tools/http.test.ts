import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { tool as toolSchema, type HTTPTool, type Tool } from '../../../crds/v1alpha1/tool.ts';
import type { ToolCallResult } from '../../workflows/protocol.ts';
import { makeFetch } from '../outbound-fetch.ts';
import { runAttempt, type Step } from '../step.ts';
import { LoopbackServer } from '../testing/loopback-server.ts';
import { testStep } from '../testing/step.ts';
import { callHTTP } from './http.ts';

const fetch = makeFetch();
let server: LoopbackServer;
let secrets: string;
beforeAll(async () => {
  server = await LoopbackServer.start();
  secrets = await mkdtemp(path.join(tmpdir(), 'secrets-'));
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await rm(secrets, { recursive: true });
});
beforeEach(() => void (server.received.length = 0));

interface Call {
  readonly http?: object;
  readonly tool?: object;
  readonly arguments?: Record<string, unknown>;
  readonly step?: Step;
}

function call({
  http = {},
  tool = {},
  arguments: values = {},
  step = testStep(),
}: Call = {}): Promise<ToolCallResult> {
  const spec = toolSchema.parse({
    name: 't',
    description: 'd',
    http: { url: `${server.url}/x`, ...http },
    ...tool,
  });
  return runAttempt(step, 'Timeout', (attempt) =>
    callHTTP(
      spec as Tool & { http: HTTPTool },
      { arguments: values, idempotencyKey: 'shop/läufe/1/2' },
      attempt,
      { fetch, secretPath: ({ name, key }) => path.join(secrets, `${name}.${key}`) },
    ),
  );
}

function answer(status: number, headers: Record<string, string>, body?: string | Buffer): void {
  server.answer = (response) => void response.writeHead(status, headers).end(body);
}

describe('what is sent', () => {
  beforeEach(() => answer(200, { 'content-type': 'text/plain' }, 'ok'));

  it.each(['GET', 'DELETE'])('%s has its arguments in the query', async (method) => {
    await call({ http: { method, url: `${server.url}/items/{id}` }, arguments: { id: 'a/b', size: 'L' } });
    expect(server.last).toMatchObject({ method, url: '/items/a%2Fb?size=L', body: '' });
  });

  it.each(['POST', 'PUT', 'PATCH'])('%s has its arguments in a JSON body', async (method) => {
    await call({ http: { method, url: `${server.url}/items/{id}` }, arguments: { id: 7, note: 'ä' } });
    expect(server.last).toMatchObject({ method, url: '/items/7', body: '{"note":"ä"}' });
    expect(server.last?.headers).toMatchObject({ 'content-type': 'application/json' });
  });

  it('has its headers, secrets and the idempotency key, in printable ASCII', async () => {
    await writeFile(path.join(secrets, 's.token'), 'hunter2\n');
    await call({
      http: {
        headers: { 'X-Team': 'shop', accept: 'text/csv' },
        headersFrom: [
          { name: 'Authorization', prefix: 'Bearer ', secretKeyRef: { name: 's', key: 'token' } },
        ],
      },
      tool: { idempotencyKey: { header: 'Idempotency-Key' } },
    });
    expect(server.last?.headers).toMatchObject({
      'x-team': 'shop',
      accept: 'text/csv',
      authorization: 'Bearer hunter2',
      'idempotency-key': 'shop/l%C3%A4ufe/1/2',
    });
  });

  it('has the secret of now', async () => {
    const http = { headersFrom: [{ name: 'x-key', secretKeyRef: { name: 's', key: 'rotated' } }] };
    for (const value of ['old', 'new']) {
      await writeFile(path.join(secrets, 's.rotated'), value);
      await call({ http });
      expect(server.last?.headers['x-key']).toBe(value);
    }
  });

  it.each<[string, string | undefined, object]>([
    ['with a line break', 'a\r\nX-Admin: true', { type: 'Secret.Invalid', nonRetryable: true }],
    ['that is empty', '\n', { type: 'Secret.Invalid', nonRetryable: true }],
    ['that is not mounted', undefined, { type: 'Secret.Unreadable', nonRetryable: false }],
  ])('is nothing with a secret %s', async (_, value, failure) => {
    if (value !== undefined) await writeFile(path.join(secrets, 'bad.k'), value);
    else await rm(path.join(secrets, 'bad.k'), { force: true });
    const http = { headersFrom: [{ name: 'x-key', secretKeyRef: { name: 'bad', key: 'k' } }] };
    await expect(call({ http })).rejects.toMatchObject(failure);
    expect(server.received).toEqual([]);
  });

  it('is nothing when the model would leave the path', async () => {
    const result = await call({ http: { url: `${server.url}/items/{id}` }, arguments: { id: '../admin' } });
    expect(result).toMatchObject({ outcome: 'error', content: expect.stringContaining('Not sent: id') });
    expect(server.received).toEqual([]);
  });
});

describe('what comes back', () => {
  it.each<[string, number, Record<string, string>, string | Buffer, ToolCallResult]>([
    [
      'JSON as it is',
      200,
      { 'content-type': 'application/json' },
      '{"a": 1}',
      { outcome: 'success', content: '{"a": 1}' },
    ],
    ['text', 201, { 'content-type': 'text/plain' }, 'grün', { outcome: 'success', content: 'grün' }],
    [
      'text in its charset',
      200,
      { 'content-type': 'text/plain; charset=iso-8859-1' },
      Buffer.from('grün', 'latin1'),
      { outcome: 'success', content: 'grün' },
    ],
    ['text without a type', 200, {}, 'grün', { outcome: 'success', content: 'grün' }],
    [
      'compressed text',
      200,
      { 'content-type': 'text/plain', 'content-encoding': 'gzip' },
      gzipSync('hello'),
      { outcome: 'success', content: 'hello' },
    ],
    ['nothing', 204, {}, '', { outcome: 'success', content: 'HTTP 204, no body.' }],
    [
      'a 404',
      404,
      { 'content-type': 'text/plain' },
      'no such item',
      { outcome: 'error', content: 'HTTP 404:\nno such item' },
    ],
    ['a 409 without a word', 409, {}, '', { outcome: 'error', content: 'HTTP 409' }],
    [
      'a redirect',
      302,
      { location: 'http://127.0.0.1:1/steal' },
      'moved',
      { outcome: 'error', content: 'HTTP 302: a redirect, which is not followed.' },
    ],
  ])('is %s', async (_, status, headers, body, expected) => {
    answer(status, headers, body);
    expect(await call()).toEqual(expected);
    expect(server.received).toHaveLength(1);
  });

  it('is a description when it is not text', async () => {
    answer(200, { 'content-type': 'image/png' }, Buffer.concat([randomBytes(99), Buffer.of(0xff, 0xfe, 0)]));
    expect(await call()).toEqual({
      outcome: 'success',
      content: expect.stringMatching(
        /^HTTP 200, a body of 102 bytes that is not text\.\ncontent-type: image\/png$/,
      ),
    });
  });

  it('is the headers that tell something for a HEAD', async () => {
    answer(200, { 'content-type': 'text/html', etag: '"5"', 'set-cookie': 'secret' });
    const { content } = await call({ http: { method: 'HEAD' } });
    expect(content).toBe('HTTP 200, no body.\ncontent-type: text/html\netag: "5"');
  });

  it('is cut between characters, with the full size', async () => {
    answer(200, { 'content-type': 'text/plain' }, '€'.repeat(1_000));
    const { content } = await call({ tool: { maxOutputBytes: 256 } });
    expect(content).toMatch(/^€+\n\[cut: the first \d+ of 3000 bytes\]$/);
    expect(Buffer.byteLength(content)).toBeLessThanOrEqual(256);
  });

  it('is not read for ever', async () => {
    server.answer = (response) => {
      response.writeHead(200, { 'content-type': 'text/plain' });
      const chunk = 'x'.repeat(1024 * 1024);
      const more = (): void => {
        while (!response.destroyed && response.write(chunk));
        if (!response.destroyed) response.once('drain', more);
      };
      more();
    };
    const { content } = await call({ tool: { maxOutputBytes: 256 } });
    expect(content).toMatch(/of more than 16\d{6} bytes\]$/);
  });

  it('is judged by successCodes alone where there are some', async () => {
    answer(404, {}, 'free');
    expect(await call({ http: { successCodes: [404] } })).toEqual({ outcome: 'success', content: 'free' });
    answer(503, {}, 'closed');
    expect(await call({ http: { successCodes: [503] } })).toEqual({ outcome: 'success', content: 'closed' });
    answer(200, {}, 'taken');
    expect(await call({ http: { successCodes: [404] } })).toEqual({
      outcome: 'error',
      content: 'HTTP 200:\ntaken',
    });
  });
});

describe('what Temporal retries', () => {
  it.each([
    [408, {}, undefined],
    [425, {}, undefined],
    [429, { 'retry-after': '3' }, 3_000],
    [500, {}, undefined],
    [503, { 'retry-after': new Date(Date.now() + 90_000).toUTCString() }, expect.closeTo(90_000, -4)],
  ])('HTTP %i', async (status, headers, nextRetryDelay) => {
    answer(status, headers as Record<string, string>, 'a body with a secret');
    await expect(call()).rejects.toMatchObject({
      type: `HTTP.${status}`,
      nonRetryable: false,
      nextRetryDelay,
      message: `GET ${server.url}/x answered ${status}.`,
    });
  });

  it('a refused connection', async () => {
    const gone = await LoopbackServer.start();
    const url = gone.url;
    await gone[Symbol.asyncDispose]();
    await expect(call({ http: { url } })).rejects.toMatchObject({
      type: 'Connection',
      nonRetryable: false,
      message: expect.stringContaining('ECONNREFUSED'),
    });
  });

  it('no port that fetch refuses', async () => {
    await expect(call({ http: { url: 'http://127.0.0.1:6000/x' } })).rejects.toMatchObject({
      type: 'Internal',
      nonRetryable: true,
      message: expect.stringContaining('bad port'),
    });
  });

  it.each<[string, (response: Parameters<LoopbackServer['answer']>[0]) => void]>([
    ['before the answer', (response) => void response.socket?.resetAndDestroy()],
    [
      'in the middle of the body',
      (response) => {
        response.writeHead(200, { 'content-type': 'text/plain', 'content-length': '100' });
        response.write('half', () => response.socket?.resetAndDestroy());
      },
    ],
    [
      'in the middle of a chunked body, in order',
      (response) => {
        response.writeHead(200, { 'content-type': 'text/plain' });
        response.write('half', () => response.socket?.end());
      },
    ],
  ])('a connection that breaks %s', async (_, breakOff) => {
    server.answer = breakOff;
    await expect(call()).rejects.toMatchObject({ type: 'Connection', nonRetryable: false });
  });

  it('no answer in time', async () => {
    server.answer = () => undefined;
    await expect(call({ step: testStep({ startToCloseTimeoutMs: 200 }) })).rejects.toMatchObject({
      type: 'Timeout',
    });
  });

  it('a body that never ends in time', async () => {
    server.answer = (response) =>
      void response.writeHead(200, { 'content-type': 'text/plain' }).write('drip');
    await expect(call({ step: testStep({ startToCloseTimeoutMs: 200 }) })).rejects.toMatchObject({
      type: 'Timeout',
    });
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
  await expect(call({ step })).rejects.toMatchObject({ name: 'CancelledFailure' });
  await closed;
});
