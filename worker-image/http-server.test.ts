import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { startHTTPServer } from './http-server.ts';
import { createMetrics } from './metrics.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});
const urlOf = (server: Server): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

async function pages(notReady: () => string | undefined, core: 'there' | 'gone') {
  const coreServer = createServer((_request, response) =>
    response.end('# TYPE temporal_x gauge\ntemporal_x 1\n'),
  );
  servers.push(coreServer.listen(0, '127.0.0.1'));
  await once(coreServer, 'listening');
  const coreMetricsURL = core === 'there' ? `${urlOf(coreServer)}/metrics` : 'http://127.0.0.1:1/metrics';
  const { registry, retries } = createMetrics({ namespace: 'default', agent: 'guesser', version: 'abc' });
  retries.inc({ kind: 'tool', name: 'ask', reason: 'HTTP.503' });
  const server = await startHTTPServer({ port: 0, registry, coreMetricsURL, notReady });
  servers.push(server);
  return async (path: string) => {
    const response = await fetch(urlOf(server) + path);
    return {
      status: response.status,
      type: response.headers.get('content-type'),
      body: await response.text(),
    };
  };
}

test('liveness does not depend on readiness, which says what is missing', async () => {
  const page = await pages(() => 'Temporal is away', 'there');
  expect((await page('/healthz')).status).toBe(200);
  expect(await page('/readyz?verbose')).toMatchObject({ status: 503, body: 'Temporal is away\n' });
  expect((await page('/other')).status).toBe(404);
});

test.each(['there', 'gone'] as const)('metrics are one valid exposition, the core’s %s', async (core) => {
  const page = await pages(() => undefined, core);
  expect((await page('/readyz')).status).toBe(200);
  const { status, type, body } = await page('/metrics');
  expect({ status, type }).toEqual({ status: 200, type: 'text/plain; version=0.0.4; charset=utf-8' });
  expect(body).toContain(
    'durable_agent_activity_retries_total{kind="tool",name="ask",reason="HTTP.503",namespace="default",agent="guesser",version="abc"} 1\n',
  );
  expect(body.includes('temporal_x 1')).toBe(core === 'there');
  for (const line of body.split('\n')) expect(line).toMatch(/^(#.*|[a-z0-9_]+(\{.*\})? \S+|)$/);
});
