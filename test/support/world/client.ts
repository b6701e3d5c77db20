import { request } from 'node:http';
import type { Fault, Match, Script, WorldLog } from './protocol.ts';

/** Steers a running world server through its control socket. */
export class World {
  /** `http://<node address>:<port>`, as pods reach it. */
  readonly url: string;
  readonly #socket: string;

  constructor(url: string, socket: string) {
    this.url = url;
    this.#socket = socket;
  }

  async script(script: Script): Promise<void> {
    await this.#send('script', script);
  }

  async fault(fault: Fault): Promise<void> {
    await this.#send('fault', fault);
  }

  async release(match: Match): Promise<void> {
    await this.#send('release', match);
  }

  async log(match: Match = {}): Promise<WorldLog> {
    return (await this.#send('log', match)) as WorldLog;
  }

  #send(path: string, value: unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const outgoing = request(
        { socketPath: this.#socket, path: `/${path}`, method: 'POST', timeout: 10_000 },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('end', () => {
            const text = Buffer.concat(chunks).toString('utf8');
            if (response.statusCode === 200) resolve(JSON.parse(text));
            else reject(new Error(`world ${path}: ${text}`));
          });
        },
      );
      outgoing
        .on('error', reject)
        .on('timeout', () => outgoing.destroy(new Error(`world ${path}: no answer in 10 s`)));
      outgoing.end(JSON.stringify(value));
    });
  }
}
