import { text } from 'node:stream/consumers';

import type { ClusterPaths } from '../paths.ts';
import { dial } from './pipe-sockets.ts';

/** Asks a health endpoint inside the cluster, through the gate; anything but a 200 is a no. */
export async function probeHttp(paths: ClusterPaths, target: string, path: string): Promise<boolean> {
  const socket = dial({ path: paths.relay.gateSocket });
  socket.setTimeout(3_000, () => socket.destroy());
  try {
    socket.write(`${target}\nGET ${path} HTTP/1.0\r\nHost: ${target}\r\n\r\n`);
    return /^HTTP\/1\.\d 200 /.test(await text(socket));
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
