import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { binaryPath } from '../../local-cluster/cluster.ts';

const READY_WITHIN_MS = 60_000;

export interface DevServerOptions {
  /** File that outlives a kill. Default: in memory. */
  readonly database?: string;
  readonly dynamicConfig?: readonly string[];
}

/** A real Temporal of its own on 127.0.0.1. */
export class DevServer {
  readonly address: string;
  private readonly options: DevServerOptions;
  private process: ChildProcess | undefined;
  private connection: Connection | undefined;

  private constructor(address: string, options: DevServerOptions) {
    this.address = address;
    this.options = options;
  }

  static async start(options: DevServerOptions = {}): Promise<DevServer> {
    const server = new DevServer(`127.0.0.1:${await freePort()}`, options);
    await server.start();
    return server;
  }

  /** For a server that was killed: the same address, and the same runs when it has a database. */
  async start(): Promise<void> {
    const port = this.address.slice(this.address.indexOf(':') + 1);
    const settings = [
      // Without it a run makes at most some ten steps a second (server 1.29.1).
      'history.transferProcessorMaxPollRPS=2000',
      ...(this.options.dynamicConfig ?? []),
    ];
    this.process = spawn(
      binaryPath('temporal'),
      [
        'server',
        'start-dev',
        '--headless',
        '--ip=127.0.0.1',
        `--port=${port}`,
        '--log-level=never',
        ...settings.map((setting) => `--dynamic-config-value=${setting}`),
        ...(this.options.database === undefined ? [] : [`--db-filename=${this.options.database}`]),
      ],
      { stdio: 'ignore' },
    );
    const deadline = Date.now() + READY_WITHIN_MS;
    for (;;) {
      try {
        const connection = await Connection.connect({ address: this.address, connectTimeout: 2_000 });
        await connection.workflowService.describeNamespace({ namespace: 'default' });
        await this.connection?.close();
        this.connection = connection;
        return;
      } catch (error) {
        if (Date.now() > deadline) throw error;
        await sleep(200);
      }
    }
  }

  get client(): Client {
    if (this.connection === undefined) throw new Error('the server is not running');
    return new Client({ connection: this.connection });
  }

  async kill(): Promise<void> {
    if (this.process === undefined || this.process.exitCode !== null) return;
    const gone = once(this.process, 'exit');
    this.process.kill('SIGKILL');
    await gone;
  }

  async stop(): Promise<void> {
    await this.connection?.close();
    await this.kill();
  }
}

export async function freePort(): Promise<number> {
  const probe = createServer();
  probe.listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}
