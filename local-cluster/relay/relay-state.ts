import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { ClusterError } from '../cluster-error.ts';
import type { ClusterPaths } from '../paths.ts';

/** 127.0.0.1:localPort on the machine reaches target inside. */
export interface Forward {
  readonly target: string;
  readonly localPort: number;
}

/** Inside, `host` resolves to `address`; what arrives there on `port` goes to `target` on the machine's network. */
export interface AllowedHost {
  readonly host: string;
  readonly port: number;
  readonly address: string;
  readonly target: string;
}

function readList<T>(file: string): T[] {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as T[];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

function writeList<T>(file: string, list: readonly T[]): void {
  writeFileSync(`${file}.new`, JSON.stringify(list, null, 2));
  renameSync(`${file}.new`, file);
}

/** Both relays do what these files say, now and after a restart. */
export const readForwards = (paths: ClusterPaths): Forward[] => readList(paths.relay.forwards);
export const writeForwards = (paths: ClusterPaths, list: readonly Forward[]): void =>
  writeList(paths.relay.forwards, list);
export const readAllowedHosts = (paths: ClusterPaths): AllowedHost[] => readList(paths.relay.allowedHosts);
export const writeAllowedHosts = (paths: ClusterPaths, list: readonly AllowedHost[]): void =>
  writeList(paths.relay.allowedHosts, list);

export const exitSocket = (paths: ClusterPaths, allowed: AllowedHost): string =>
  join(paths.state, `exit-${allowed.address.split('.').at(-1)}-${allowed.port}.sock`);

export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

export function parseEndpoint(text: string): Endpoint {
  const match = /^([A-Za-z0-9.-]+):(\d{1,5})$/.exec(text);
  const port = Number(match?.[2]);
  if (match?.[1] === undefined || port < 1 || port > 65_535) {
    throw new ClusterError(`"${text}" is not an address: write host:port, for example 10.96.0.10:53.`);
  }
  return { host: match[1], port };
}
