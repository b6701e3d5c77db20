import { writeFileSync } from 'node:fs';

import { ClusterError } from '../cluster-error.ts';
import { addresses } from '../control-plane/addresses.ts';
import { allowedHostsFile } from '../control-plane/config-files.ts';
import type { ClusterPaths } from '../paths.ts';
import { reloadRelays } from './relay.ts';
import { parseEndpoint, readAllowedHosts, writeAllowedHosts, type AllowedHost } from './relay-state.ts';

const maximumHosts = 200;

/** One address per name, whatever its ports, because DNS gives the name one address. */
export function withAllowedHost(
  list: readonly AllowedHost[],
  endpoint: string,
  target: string,
): AllowedHost[] {
  const { host, port } = parseEndpoint(endpoint);
  parseEndpoint(target);
  const used = new Set(list.map((allowed) => allowed.address));
  const free = Array.from({ length: maximumHosts }, (_, index) => `${addresses.exitPrefix}${index + 1}`).find(
    (address) => !used.has(address),
  );
  const address = list.find((allowed) => allowed.host === host)?.address ?? free;
  if (address === undefined) throw new ClusterError(`More than ${maximumHosts} allowed hosts.`);
  const others = list.filter((allowed) => allowed.host !== host || allowed.port !== port);
  return [...others, { host, port, address, target }];
}

export function renderHostsFile(list: readonly AllowedHost[]): string {
  return [...new Set(list.map(({ address, host }) => `${address} ${host}\n`))].join('');
}

/** Opens the one way out of the cluster: pods that dial `endpoint` reach `target`, and nothing else. TLS stays untouched. */
export async function openExit(paths: ClusterPaths, endpoint: string, target: string): Promise<void> {
  const list = withAllowedHost(readAllowedHosts(paths), endpoint, target);
  writeAllowedHosts(paths, list);
  const failure = await reloadRelays(paths);
  if (failure !== undefined) throw new ClusterError(`Cannot open the way to ${endpoint}: ${failure}`);
  writeFileSync(allowedHostsFile(paths), renderHostsFile(list)); // CoreDNS looks at it every second
}
