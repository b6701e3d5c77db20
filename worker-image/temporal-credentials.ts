/** The mounted credentials of the Temporal connection. The kubelet replaces the files when the Secret changes. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { NativeConnectionOptions } from '@temporalio/worker';
import type { WorkerConfig } from './config.ts';

export interface Credentials {
  readonly apiKey?: string;
  readonly ca?: Buffer;
  readonly certificate?: Buffer;
  readonly key?: Buffer;
}

/** Every file is optional. Throws when one is there and cannot be read. */
export async function readCredentials(directory: string): Promise<Credentials> {
  const [ca, certificate, key, apiKey] = await Promise.all(
    ['ca.crt', 'tls.crt', 'tls.key', 'api-key'].map((name) => optional(path.join(directory, name))),
  );
  const trimmed = apiKey?.toString('utf8').trim();
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(certificate === undefined ? {} : { certificate }),
    ...(key === undefined ? {} : { key }),
    ...(trimmed === undefined || trimmed === '' ? {} : { apiKey: trimmed }),
  };
}

/** Throws when a client certificate comes without its key or the other way round. */
export function connectionOptions(
  temporal: WorkerConfig['temporal'],
  credentials: Credentials,
): NativeConnectionOptions {
  const { apiKey, ca, certificate, key } = credentials;
  if ((certificate === undefined) !== (key === undefined)) {
    throw new Error(`${temporal.credentialsDirectory} must hold both tls.crt and tls.key, or neither`);
  }
  return {
    address: temporal.address,
    ...(apiKey === undefined ? {} : { apiKey }),
    // With an API key the SDK (1.24) turns TLS on unless it is told not to.
    tls: !temporal.tls
      ? false
      : {
          ...(temporal.serverName === undefined ? {} : { serverNameOverride: temporal.serverName }),
          ...(ca === undefined ? {} : { serverRootCACertificate: ca }),
          ...(certificate === undefined || key === undefined
            ? {}
            : { clientCertPair: { crt: certificate, key } }),
        },
  };
}

/** What differs: `apiKey` can be replaced on an open connection, `tls` needs a new one. */
export function credentialsChange(before: Credentials, after: Credentials): 'none' | 'apiKey' | 'tls' {
  const same = (a: Buffer | undefined, b: Buffer | undefined): boolean =>
    a === undefined || b === undefined ? a === b : a.equals(b);
  if (
    !same(before.ca, after.ca) ||
    !same(before.certificate, after.certificate) ||
    !same(before.key, after.key)
  )
    return 'tls';
  // A key that appears or vanishes changes how the connection is made, not only what it sends.
  if (before.apiKey === after.apiKey) return 'none';
  return before.apiKey === undefined || after.apiKey === undefined ? 'tls' : 'apiKey';
}

async function optional(file: string): Promise<Buffer | undefined> {
  try {
    return await readFile(file);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
