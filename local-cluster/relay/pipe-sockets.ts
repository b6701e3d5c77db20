import { connect, createServer, type NetConnectOpts, type Server, type Socket } from 'node:net';

/** Joins two sockets byte for byte: an end of one direction is passed on as such, a failure of either ends both. */
function joinSockets(left: Socket, right: Socket): void {
  for (const [from, to] of [
    [left, right],
    [right, left],
  ] as const) {
    from.setNoDelay(true);
    from.pipe(to);
    from.on('error', () => to.destroy());
    from.on('close', () => to.destroySoon());
  }
}

export const dial = (target: NetConnectOpts): Socket => connect({ ...target, allowHalfOpen: true });

/** Dials first and sends `greeting`, then joins; what the client sends in the meantime waits in its socket. */
export function relayTo(client: Socket, target: NetConnectOpts, greeting = ''): void {
  const upstream = dial(target);
  client.pause();
  client.on('error', () => upstream.destroy());
  upstream.on('error', () => client.destroy());
  upstream.once('connect', () => {
    if (greeting !== '') upstream.write(greeting);
    joinSockets(client, upstream);
  });
}

export function listen(
  where: { readonly path: string } | { readonly host: string; readonly port: number },
  onClient: (client: Socket) => void,
): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer({ allowHalfOpen: true }, (client) => {
      client.on('error', () => client.destroy());
      onClient(client);
    });
    server.once('error', reject);
    server.listen(where, () => {
      server.off('error', reject);
      server.on('error', (error) => console.error(error.message));
      resolve(server);
    });
  });
}

const longestLine = 512;

/** Reads one line and leaves everything after it in the socket. */
export function readLine(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let collected = Buffer.alloc(0);
    const finish = (error: Error | undefined, line = ''): void => {
      socket.off('readable', onReadable);
      socket.off('close', onClose);
      if (error === undefined) resolve(line);
      else reject(error);
    };
    const onClose = (): void => finish(new Error('closed before the first line'));
    const onReadable = (): void => {
      const chunk = socket.read() as Buffer | null;
      if (chunk === null) return;
      collected = Buffer.concat([collected, chunk]);
      const end = collected.indexOf('\n');
      if (end >= 0) {
        if (end + 1 < collected.length) socket.unshift(collected.subarray(end + 1));
        finish(undefined, collected.subarray(0, end).toString('utf8'));
      } else if (collected.length > longestLine) finish(new Error('first line too long'));
    };
    socket.on('readable', onReadable);
    socket.on('close', onClose);
  });
}
