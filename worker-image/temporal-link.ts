/**
 * The worker's connection to Temporal over its whole life: made as soon as Temporal can be reached, watched for health,
 * and renewed in place when its credentials change.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@temporalio/common';
import { NativeConnection } from '@temporalio/worker';
import type { WorkerConfig } from './config.ts';
import {
  connectionOptions,
  credentialsChange,
  readCredentials,
  type Credentials,
} from './temporal-credentials.ts';

const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 10_000;
const PROBE_INTERVAL_MS = 2_000;
const PROBE_DEADLINE_MS = 2_000;
/** Without an answer for so long the connection counts as lost. More than one probe: a single lost packet is no outage. */
const STALE_AFTER_MS = 6_000;
/** Polled, not watched: the kubelet swaps a symbolic link, which inotify on the files does not see. */
const CREDENTIALS_INTERVAL_MS = 5_000;

type TemporalConfig = WorkerConfig['temporal'];

export class TemporalLink {
  private readonly config: TemporalConfig;
  private readonly log: Logger;
  private current: NativeConnection;
  private credentials: Credentials;
  private lastAnswer = Date.now();
  private readonly stop = new AbortController();

  private constructor(
    config: TemporalConfig,
    log: Logger,
    connection: NativeConnection,
    credentials: Credentials,
  ) {
    this.config = config;
    this.log = log;
    this.current = connection;
    this.credentials = credentials;
  }

  /**
   * Tries until Temporal answers or `signal` aborts (then undefined): a worker that cannot reach Temporal waits, it does
   * not crash. `onProblem` gets the reason of every failed try.
   */
  static async open(
    config: TemporalConfig,
    log: Logger,
    signal: AbortSignal,
    onProblem: (reason: string) => void,
  ): Promise<TemporalLink | undefined> {
    for (let wait = FIRST_RETRY_MS; !signal.aborted; wait = Math.min(wait * 2, LONGEST_RETRY_MS)) {
      try {
        const credentials = await readCredentials(config.credentialsDirectory);
        const connection = await NativeConnection.connect(connectionOptions(config, credentials));
        return new TemporalLink(config, log, connection, credentials);
      } catch (error) {
        const reason = `Temporal at ${config.address} cannot be reached: ${messageOf(error)}`;
        onProblem(reason);
        log.warn(reason, { retryInMs: wait });
      }
      await pause(wait, signal);
    }
    return undefined;
  }

  get connection(): NativeConnection {
    return this.current;
  }

  /** Undefined while Temporal answers, else since when it does not. */
  problem(): string | undefined {
    const silence = Date.now() - this.lastAnswer;
    if (silence <= STALE_AFTER_MS) return undefined;
    return `Temporal at ${this.config.address} has not answered for ${Math.round(silence / 1_000)} s`;
  }

  /** Probes Temporal and follows the credentials until `close`. `onReplaced` gets a connection that replaces the one before. */
  watch(onReplaced: (connection: NativeConnection) => void): void {
    void this.every(PROBE_INTERVAL_MS, () => this.probe());
    void this.every(CREDENTIALS_INTERVAL_MS, () => this.followCredentials(onReplaced));
  }

  /** Call it when no worker uses the connection any more. */
  async close(): Promise<void> {
    this.stop.abort();
    await this.current.close();
  }

  private async every(interval: number, action: () => Promise<void>): Promise<void> {
    const { signal } = this.stop;
    while (!signal.aborted) {
      await action();
      await pause(interval, signal);
    }
  }

  private async probe(): Promise<void> {
    const connection = this.current;
    try {
      await connection.withDeadline(Date.now() + PROBE_DEADLINE_MS, () =>
        connection.workflowService.getSystemInfo({}),
      );
      this.lastAnswer = Date.now();
    } catch {
      // problem() tells as soon as it lasts; the SDK logs what its own calls run into.
    }
  }

  private async followCredentials(onReplaced: (connection: NativeConnection) => void): Promise<void> {
    try {
      const credentials = await readCredentials(this.config.credentialsDirectory);
      const change = credentialsChange(this.credentials, credentials);
      if (change === 'none') return;
      if (change === 'apiKey' && credentials.apiKey !== undefined) {
        await this.current.setApiKey(credentials.apiKey);
      } else {
        const previous = this.current;
        this.current = await NativeConnection.connect(connectionOptions(this.config, credentials));
        onReplaced(this.current);
        await previous.close();
      }
      this.credentials = credentials;
      this.log.info('Took over changed credentials of the Temporal connection');
    } catch (error) {
      // The files may be half replaced, or the new certificate not valid yet: the connection we have goes on.
      this.log.warn(`Changed credentials of the Temporal connection cannot be used yet: ${messageOf(error)}`);
    }
  }
}

/** Sleeps, less when `signal` aborts. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
