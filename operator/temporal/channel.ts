import { Client, Connection, defaultGrpcRetryOptions, makeGrpcRetryInterceptor } from '@temporalio/client';
import { temporalError } from './errors.ts';
import { TemporalError, type ConnectionSettings } from './port.ts';

/** Who Temporal's UI and Worker Deployments name as the last to have changed something. */
export const IDENTITY = 'durable-agents-operator';

/** Of a call that only reads. */
const READ_MS = 5_000;
/** Of a change: Temporal 1.29 takes 5 s to make another version current while workers of both poll. */
export const CHANGE_MS = 10_000;

/** One call's view of the open connection. */
export interface Wire {
  readonly client: Client;
  readonly service: Connection['workflowService'];
  readonly namespace: string;
}

/**
 * One server with one set of credentials. The socket is opened by the first call, and again by the first call after `close`,
 * so a holder never has a dead client.
 */
export class TemporalChannel {
  readonly #settings: ConnectionSettings;
  readonly #now: () => number;
  #open: { readonly connection: Connection; readonly wire: Wire } | undefined;
  #calls = 0;
  #lastUsed: number;

  constructor(settings: ConnectionSettings, now: () => number) {
    this.#settings = settings;
    this.#now = now;
    this.#lastUsed = now();
  }

  /** Runs `body` with a deadline over all its requests together. Fails with a TemporalError, whatever is thrown inside. */
  async call<T>(what: string, body: (wire: Wire) => Promise<T>, milliseconds: number = READ_MS): Promise<T> {
    const { address, namespace } = this.#settings;
    this.#calls += 1;
    this.#lastUsed = this.#now();
    try {
      const { connection, wire } = (this.#open ??= open(this.#settings));
      return await connection.withDeadline(Date.now() + milliseconds, () => body(wire));
    } catch (error) {
      throw temporalError(error, { what, address, namespace });
    } finally {
      this.#calls -= 1;
      this.#lastUsed = this.#now();
    }
  }

  /** Nobody has called, or asked for this connection, for `milliseconds`. */
  isIdle(milliseconds: number): boolean {
    return this.#calls === 0 && this.#now() - this.#lastUsed >= milliseconds;
  }

  touch(): void {
    this.#lastUsed = this.#now();
  }

  async close(): Promise<void> {
    const closing = this.#open;
    this.#open = undefined;
    await closing?.connection.close();
  }
}

function open({ address, namespace, tls, apiKey }: ConnectionSettings): {
  readonly connection: Connection;
  readonly wire: Wire;
} {
  try {
    const connection = Connection.lazy({
      address,
      tls: tls === undefined ? false : tlsOptions(tls),
      ...(apiKey === undefined ? {} : { apiKey }),
      // The SDK's default of 10 attempts would hide an outage for the whole deadline; the work queue has a backoff of its own.
      interceptors: [makeGrpcRetryInterceptor(defaultGrpcRetryOptions({ maxAttempts: 3 }))],
      channelArgs: {
        // grpc-js waits up to 120 s between attempts to reconnect: a Temporal that is back would stay "away" that long.
        'grpc.initial_reconnect_backoff_ms': 500,
        'grpc.max_reconnect_backoff_ms': 5_000,
      },
    });
    const client = new Client({ connection, namespace, identity: IDENTITY });
    return { connection, wire: { client, service: connection.workflowService, namespace } };
  } catch {
    // createSsl throws on bytes that are no PEM, with parts of them in the message: say it without.
    throw new TemporalError(
      'Unauthorized',
      `Temporal at ${address}: the TLS certificate, key or CA cannot be used: each must be PEM, and the key must belong to the certificate`,
    );
  }
}

function tlsOptions({ serverName, ca, clientCert, clientKey }: NonNullable<ConnectionSettings['tls']>) {
  return {
    ...(serverName === undefined ? {} : { serverNameOverride: serverName }),
    ...(ca === undefined ? {} : { serverRootCACertificate: Buffer.from(ca) }),
    ...(clientCert === undefined || clientKey === undefined
      ? {}
      : { clientCertPair: { crt: Buffer.from(clientCert), key: Buffer.from(clientKey) } }),
  };
}
