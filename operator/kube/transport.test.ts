import { createServer, type RequestListener, type Server } from 'node:http';
import { Agent } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { RetryableError } from '../errors.ts';
import { makeTransport, type Call } from './transport.ts';

/** A loopback server of this test; the real API server is met in test/cluster. */
let server: Server | undefined;
let requests = 0;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

async function talkingTo(listener: RequestListener) {
  requests = 0;
  const made = createServer((request, response) => {
    requests += 1;
    listener(request, response);
  });
  server = made;
  await new Promise<void>((resolve) => made.listen(0, '127.0.0.1', resolve));
  const agent = new Agent({ keepAlive: true });
  return makeTransport({
    server: new URL(`http://127.0.0.1:${(made.address() as AddressInfo).port}`),
    authorize: async () => ({ agent, headers: { authorization: 'Bearer hunter2' } }),
  });
}

const call: Call = { what: 'read Pod shop/a', method: 'GET', path: '/api/v1/pods', timeoutMs: 300 };

describe('transport', () => {
  test('sends credentials, query and body, and reads JSON', async () => {
    const transport = await talkingTo((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { url, headers } = request;
        response.end(
          JSON.stringify({
            url,
            authorization: headers.authorization,
            body: Buffer.concat(chunks).toString(),
          }),
        );
      });
    });
    const body = { contentType: 'application/json', value: { name: 'ü' } };
    expect(await transport.send({ ...call, method: 'POST', query: { a: 'b c' }, body })).toEqual({
      url: '/api/v1/pods?a=b+c',
      authorization: 'Bearer hunter2',
      body: '{"name":"ü"}',
    });
  });

  test('a guard that throws sends nothing', async () => {
    const transport = await talkingTo((_request, response) => response.end('{}'));
    const refused = new RetryableError('not the leader');
    const guard = () => {
      throw refused;
    };
    await expect(transport.send({ ...call, guard })).rejects.toBe(refused);
    // Also on a connection that already stands.
    await transport.send(call);
    await expect(transport.send({ ...call, guard })).rejects.toBe(refused);
    expect(requests).toBe(1);
  });

  test.each<[string, RequestListener, string]>([
    ['no answer in time', () => undefined, 'no answer within 0.3 s'],
    [
      'a body that stops',
      (_request, response) => void response.writeHead(200).write('{"a":'),
      'no answer within 0.3 s',
    ],
    ['a connection that breaks', (request) => void request.socket.destroy(), 'ECONNRESET'],
    [
      'a body cut short',
      (_request, response) => {
        response.writeHead(200, { 'content-length': '100' });
        response.write('{"a":1}', () => response.destroy());
      },
      'no answer from the API server',
    ],
    [
      'an answer that is no JSON',
      (_request, response) => void response.end('<html>'),
      'the answer is no JSON',
    ],
    [
      'an overload',
      (_request, response) => void response.writeHead(429, { 'retry-after': '2' }).end('{}'),
      '429',
    ],
  ])('%s is retried', async (_name, listener, message) => {
    const transport = await talkingTo(listener);
    const failure: unknown = await transport.send(call).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(RetryableError);
    expect((failure as Error).message).toContain(message);
    expect(JSON.stringify(failure)).not.toContain('hunter2');
  });

  test('a stream is read as it comes, beyond the timeout for its head', async () => {
    const transport = await talkingTo((_request, response) => {
      response.writeHead(200).write('first\n');
      setTimeout(() => response.end('second\n'), 500);
    });
    let text = '';
    for await (const chunk of await transport.open(call)) text += String(chunk);
    expect(text).toBe('first\nsecond\n');
  });

  test('an aborted call ends', async () => {
    const transport = await talkingTo(() => undefined);
    const stop = new AbortController();
    const sending = transport.send({ ...call, timeoutMs: 10_000, signal: stop.signal });
    stop.abort();
    await expect(sending).rejects.toThrow('stopped');
  });
});
