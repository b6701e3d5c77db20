import { expect, it } from 'vitest';
import { makeFetch } from './outbound-fetch.ts';
import { LoopbackServer } from './testing/loopback-server.ts';

it("has timeouts of its own instead of Node's 300 s", async () => {
  await using server = await LoopbackServer.start();
  server.answer = () => undefined;
  const impatient = makeFetch({ headersTimeout: 100, bodyTimeout: 0, keepAliveTimeout: 1_000 });
  await expect(impatient(server.url, {})).rejects.toMatchObject({
    cause: { code: 'UND_ERR_HEADERS_TIMEOUT' },
  });
});

it('follows no redirect', async () => {
  await using server = await LoopbackServer.start();
  server.answer = (response) => void response.writeHead(307, { location: '/elsewhere' }).end();
  expect(await makeFetch()(server.url, { method: 'POST', body: 'x' })).toMatchObject({ status: 307 });
  expect(server.received).toHaveLength(1);
});
