import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface Received {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export type Answer = (response: ServerResponse, received: Received) => void;

/** A real HTTP server on 127.0.0.1 that answers as told and keeps what it received. Fails (599) when not told. */
export class LoopbackServer implements AsyncDisposable {
  readonly received: Received[] = [];
  answer: Answer = (response) => void response.writeHead(599).end();
  readonly #server = createServer((request, response) => {
    void text(request).then((body) => {
      const received = {
        method: request.method ?? '',
        url: request.url ?? '',
        headers: request.headers,
        body,
      };
      this.received.push(received);
      this.answer(response, received);
    });
  });

  static async start(): Promise<LoopbackServer> {
    const server = new LoopbackServer();
    await new Promise<void>((resolve) => void server.#server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get last(): Received | undefined {
    return this.received.at(-1);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => void this.#server.close(() => resolve()));
  }
}
