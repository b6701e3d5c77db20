import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import type { Server, Socket } from 'node:net';

import { clusterPaths, type ClusterPaths } from '../paths.ts';
import { listen, readLine, relayTo } from './pipe-sockets.ts';
import { exitSocket, parseEndpoint, readAllowedHosts, readForwards } from './relay-state.ts';

/**
 * Two processes connect the machine with the cluster, through socket files, which do not belong to a network:
 *   inside   listens on gate.sock, reads "host:port\n", dials it in the cluster's network; and listens on the address of
 *            every allowed host, passing what comes to that host's exit socket.
 *   outside  listens on 127.0.0.1 for every forward and passes it to the gate; and listens on the exit sockets, each of
 *            which leads to one host only. Whoever is inside cannot choose another.
 * Both take "reload\n" on their control socket and answer "ok" or what went wrong.
 */
type Side = 'inside' | 'outside';

interface Listener {
  readonly key: string;
  readonly where: Parameters<typeof listen>[0];
  readonly onClient: (client: Socket) => void;
}

function wantedListeners(side: Side, paths: ClusterPaths): Listener[] {
  if (side === 'inside') {
    return readAllowedHosts(paths).map((allowed) => ({
      key: `${allowed.address}:${allowed.port}`,
      where: { host: allowed.address, port: allowed.port },
      onClient: (client) => relayTo(client, { path: exitSocket(paths, allowed) }),
    }));
  }
  return [
    ...readForwards(paths).map(({ target, localPort }) => ({
      key: `${localPort} ${target}`,
      where: { host: '127.0.0.1', port: localPort },
      onClient: (client: Socket) => relayTo(client, { path: paths.relay.gateSocket }, `${target}\n`),
    })),
    ...readAllowedHosts(paths).map((allowed) => ({
      key: `${exitSocket(paths, allowed)} ${allowed.target}`,
      where: { path: exitSocket(paths, allowed) },
      onClient: (client: Socket) => relayTo(client, parseEndpoint(allowed.target)),
    })),
  ];
}

const open = new Map<string, Server>();

async function reload(side: Side, paths: ClusterPaths): Promise<string> {
  const wanted = wantedListeners(side, paths);
  const keys = new Set(wanted.map(({ key }) => key));
  for (const [key, server] of open) {
    if (keys.has(key)) continue;
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
      resolve(); // clients that are still connected may finish
    });
    open.delete(key);
  }
  const failures: string[] = [];
  for (const { key, where, onClient } of wanted) {
    if (open.has(key)) continue;
    try {
      if ('path' in where) rmSync(where.path, { force: true });
      else if (side === 'inside') execFileSync('ip', ['address', 'replace', `${where.host}/32`, 'dev', 'lo']);
      open.set(key, await listen(where, onClient));
    } catch (error) {
      failures.push(error instanceof Error ? error.message : String(error));
    }
  }
  return failures.length === 0 ? 'ok' : failures.join('; ');
}

async function main(side: Side, paths: ClusterPaths): Promise<void> {
  const socketFile = side === 'inside' ? paths.relay.gateSocket : paths.relay.controlSocket;
  let last = reload(side, paths);
  const said = await last;
  if (said !== 'ok') console.error(said);
  rmSync(socketFile, { force: true });
  await listen({ path: socketFile }, (client) => {
    readLine(client)
      .then(async (line) => {
        if (line === 'reload') {
          last = last.then(() => reload(side, paths)); // one at a time
          client.end(`${await last}\n`);
        } else if (side === 'inside') relayTo(client, parseEndpoint(line));
        else client.destroy();
      })
      .catch((error: unknown) => {
        console.error(error instanceof Error ? error.message : error);
        client.destroy();
      });
  });
}

const [side, name] = process.argv.slice(2);
if ((side !== 'inside' && side !== 'outside') || name === undefined)
  throw new Error('usage: inside|outside NAME');
await main(side, clusterPaths(name));
