import { existsSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

import { ClusterError } from '../cluster-error.ts';
import { inNetwork } from '../namespaces/enter.ts';
import { repositoryRoot, type ClusterPaths } from '../paths.ts';
import { assertAlive, type Daemon } from '../process/daemon.ts';
import { waitFor } from '../process/wait-for.ts';
import { dial } from './pipe-sockets.ts';
import { readForwards, writeForwards, type Forward } from './relay-state.ts';

const relayNames = ['relay-inside', 'relay-outside'] as const;

export function relayDaemons(paths: ClusterPaths): Daemon[] {
  const program = join(repositoryRoot, 'local-cluster/relay/relay-daemon.ts');
  const argv = (side: string): string[] => [
    process.execPath,
    '--max-old-space-size=64',
    program,
    side,
    paths.name,
  ];
  return [
    { name: 'relay-inside', argv: inNetwork(paths, argv('inside')) },
    { name: 'relay-outside', argv: argv('outside') },
  ];
}

/** Tells both relays to follow their files, and gives what they could not do. */
export async function reloadRelays(paths: ClusterPaths): Promise<string | undefined> {
  for (const socketFile of [paths.relay.gateSocket, paths.relay.controlSocket]) {
    await waitFor({ what: `the relay at ${socketFile}`, timeoutMs: 10_000, intervalMs: 50 }, () => {
      assertAlive(paths, relayNames);
      return Promise.resolve(existsSync(socketFile));
    });
    const socket = dial({ path: socketFile });
    socket.end('reload\n');
    const answer = (await text(socket)).trim();
    if (answer !== 'ok') return answer === '' ? 'the relay gave no answer' : answer;
  }
  return undefined;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

/** The forward for that target: the one there is, or a new one on the wanted or a free port. */
export async function ensureForward(
  paths: ClusterPaths,
  target: string,
  localPort?: number,
): Promise<Forward> {
  const others = readForwards(paths).filter((forward) => forward.target !== target);
  const existing = readForwards(paths).find((forward) => forward.target === target);
  let failure: string | undefined;
  // The free port may be taken by somebody else before the relay listens on it, or since the last start.
  for (let round = 0; round < 5; round++) {
    const kept = round === 0 ? existing?.localPort : undefined;
    const forward = { target, localPort: localPort ?? kept ?? (await freePort()) };
    writeForwards(paths, [...others, forward]);
    failure = await reloadRelays(paths);
    if (failure === undefined) return forward;
    if (localPort !== undefined) break;
  }
  writeForwards(paths, existing === undefined ? others : [...others, existing]);
  throw new ClusterError(`Cannot forward a port of 127.0.0.1 to ${target}: ${failure ?? 'no port'}`);
}
