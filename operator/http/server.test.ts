import { afterEach, expect, test } from 'vitest';
import { startHttp, type HttpServer } from './server.ts';

let server: HttpServer | undefined;
afterEach(async () => server?.close());

test('probes say which check fails, metrics are a page, everything else is 404', async () => {
  let problem: string | undefined;
  const made = await startHttp({
    port: 0,
    live: { loop: () => undefined },
    ready: { agents: () => undefined, pods: () => problem },
    metrics: async () => ({ contentType: 'text/plain; version=0.0.4', text: 'up 1\n' }),
  });
  server = made;
  const get = async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${made.port}${path}`);
    return [response.status, await response.text()];
  };
  expect(await get('/healthz?verbose')).toEqual([200, '[+] loop\n']);
  expect(await get('/readyz')).toEqual([200, '[+] agents\n[+] pods\n']);
  problem = 'not listed yet';
  expect(await get('/readyz')).toEqual([503, '[+] agents\n[-] pods: not listed yet\n']);
  expect(await get('/metrics')).toEqual([200, 'up 1\n']);
  expect((await get('/'))[0]).toBe(404);
});

test('a port in use is said so', async () => {
  const options = { live: {}, ready: {}, metrics: async () => ({ contentType: '', text: '' }) };
  const made = await startHttp({ ...options, port: 0 });
  server = made;
  await expect(startHttp({ ...options, port: made.port })).rejects.toThrow('DURABLE_AGENTS_HTTP_PORT');
});
