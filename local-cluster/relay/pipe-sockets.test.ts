import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo, Server, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

import { afterEach, beforeEach, expect, it } from 'vitest';

import { dial, listen, readLine, relayTo } from './pipe-sockets.ts';

let folder: string;
let servers: Server[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'relay-'));
  servers = [];
});
afterEach(() => {
  servers.forEach((server) => server.close());
  rmSync(folder, { recursive: true });
});

async function start(
  where: Parameters<typeof listen>[0],
  onClient: (client: Socket) => void,
): Promise<Server> {
  const server = await listen(where, onClient);
  servers.push(server);
  return server;
}

it('carries a request and its half-closed answer through two relays', async () => {
  const big = 'x'.repeat(3_000_000);
  const echo = await start({ host: '127.0.0.1', port: 0 }, (client) => {
    void text(client).then((received) => client.end(`got ${received.length}`));
  });
  const { port } = echo.address() as AddressInfo;
  const gate = join(folder, 'gate.sock');
  await start({ path: gate }, (client) => {
    void readLine(client).then((line) => relayTo(client, { host: '127.0.0.1', port: Number(line) }));
  });
  const entry = await start({ host: '127.0.0.1', port: 0 }, (client) =>
    relayTo(client, { path: gate }, `${port}\n`),
  );
  const socket = dial({ host: '127.0.0.1', port: (entry.address() as AddressInfo).port });
  socket.end(big);
  expect(await text(socket)).toBe(`got ${big.length}`);
});

it('closes the client when nothing listens behind', async () => {
  const entry = await start({ host: '127.0.0.1', port: 0 }, (client) =>
    relayTo(client, { path: join(folder, 'absent.sock') }),
  );
  const socket = dial({ host: '127.0.0.1', port: (entry.address() as AddressInfo).port });
  socket.on('error', () => {});
  expect(await text(socket).catch(() => '')).toBe('');
});
