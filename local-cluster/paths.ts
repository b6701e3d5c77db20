import { createHash } from 'node:crypto';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { ClusterError } from './cluster-error.ts';

export const defaultClusterName = 'durable-agents';
export const repositoryRoot = dirname(dirname(fileURLToPath(import.meta.url)));
export const clustersDirectory = '/var/lib/durable-agents';

/** Built servers, the base image and buildah's storage: everything that is slow to make and safe to delete. */
export function cacheDirectory(env: NodeJS.ProcessEnv = process.env): string {
  return (
    env['DURABLE_AGENTS_CACHE'] ?? join(env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'durable-agents')
  );
}

export interface ClusterPaths {
  readonly name: string;
  /** Also the node's name and the root of the cluster's cgroup. */
  readonly id: string;
  readonly state: string;
  readonly netNamespace: string;
  readonly mountNamespace: string;
  readonly pki: string;
  readonly config: string;
  readonly logs: string;
  readonly pids: string;
  /** What the servers see as /run, /var/lib and /var/log (see namespaces/mount-namespace.ts). */
  readonly system: { readonly run: string; readonly varLib: string; readonly varLog: string };
  readonly kubeconfig: string;
  readonly insideKubeconfig: string;
  readonly containerdSocket: string;
  readonly relay: {
    readonly gateSocket: string;
    readonly controlSocket: string;
    readonly forwards: string;
    readonly allowedHosts: string;
  };
}

// A unix socket's path holds 107 bytes, and containerd's is 58 longer than the name.
const maximumNameLength = 40;

export function clusterPaths(name: string = defaultClusterName): ClusterPaths {
  if (!/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(name) || name.length > maximumNameLength) {
    throw new ClusterError(
      `"${name}" cannot name a cluster: use at most ${maximumNameLength} lower-case letters, digits and dashes.`,
    );
  }
  const state = join(clustersDirectory, name);
  const run = join(state, 'run');
  return {
    name,
    id: name.startsWith('durable-agents') ? name : `durable-agents-${name}`,
    state,
    netNamespace: join(state, 'ns/net'),
    mountNamespace: join(state, 'ns/mnt'),
    pki: join(state, 'pki'),
    config: join(state, 'config'),
    logs: join(state, 'logs'),
    pids: join(state, 'pids'),
    system: { run, varLib: join(state, 'var-lib'), varLog: join(state, 'var-log') },
    kubeconfig: join(state, 'kubeconfig'),
    insideKubeconfig: join(state, 'config/admin.kubeconfig'),
    containerdSocket: join(run, 'containerd/containerd.sock'),
    relay: {
      gateSocket: join(state, 'gate.sock'),
      controlSocket: join(state, 'relay.sock'),
      forwards: join(state, 'forwards.json'),
      allowedHosts: join(state, 'allowed-hosts.json'),
    },
  };
}

export function shortHash(...parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash('sha256');
  // A separator that no part starts with keeps ('ab','c') and ('a','bc') apart.
  for (const part of parts) hash.update(`${part.length}:`).update(part);
  return hash.digest('hex').slice(0, 12);
}
