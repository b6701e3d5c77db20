import { existsSync } from 'node:fs';

import { binaryPath } from './binaries/catalog.ts';
import { addresses } from './control-plane/addresses.ts';
import { importedImages } from './images/import-image.ts';
import { clusterPaths, defaultClusterName, type ClusterPaths } from './paths.ts';
import { daemonPid } from './process/daemon.ts';
import { attempt } from './process/run-command.ts';
import { readAllowedHosts, readForwards, type AllowedHost, type Forward } from './relay/relay-state.ts';

export const serverNames = [
  'etcd',
  'containerd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kubelet',
  'kube-proxy',
  'coredns',
  'relay-inside',
  'relay-outside',
] as const;

export interface ClusterStatus {
  readonly name: string;
  readonly exists: boolean;
  readonly healthy: boolean;
  readonly servers: readonly { readonly name: string; readonly pid: number | undefined }[];
  readonly nodeReady: boolean;
  readonly kubeconfig: string;
  readonly state: string;
  readonly forwards: readonly Forward[];
  readonly allowedHosts: readonly AllowedHost[];
  readonly images: readonly string[];
}

async function isNodeReady(paths: ClusterPaths): Promise<boolean> {
  const args = ['--kubeconfig', paths.kubeconfig, '--request-timeout', '5s', 'get', 'node', paths.id, '-o'];
  const condition = 'jsonpath={.status.conditions[?(@.type=="Ready")].status}';
  return (
    (await attempt(binaryPath('kubernetes', 'kubectl'), [...args, condition], { timeoutMs: 10_000 }))
      .stdout === 'True'
  );
}

export async function clusterStatus(name: string = defaultClusterName): Promise<ClusterStatus> {
  const paths = clusterPaths(name);
  const exists = existsSync(paths.kubeconfig);
  const servers = serverNames.map((server) => ({ name: server, pid: daemonPid(paths, server) }));
  const nodeReady = exists && (await isNodeReady(paths));
  const hasContainerd = servers.some((server) => server.name === 'containerd' && server.pid !== undefined);
  return {
    name,
    exists,
    healthy: nodeReady && servers.every((server) => server.pid !== undefined),
    servers,
    nodeReady,
    kubeconfig: paths.kubeconfig,
    state: paths.state,
    forwards: readForwards(paths),
    allowedHosts: readAllowedHosts(paths),
    images: hasContainerd
      ? (await importedImages(paths).catch(() => [])).toSorted((a, b) => a.localeCompare(b))
      : [],
  };
}

export function renderStatus(status: ClusterStatus): string {
  if (!status.exists) return `No cluster named ${status.name}.\n`;
  const section = (title: string, lines: readonly string[]): string[] =>
    lines.length === 0 ? [] : ['', title, ...lines.map((line) => `  ${line}`)];
  return [
    `${status.name}: ${status.healthy ? 'healthy' : 'NOT healthy (npm run cluster -- up starts what is missing)'}`,
    `  node       ${status.nodeReady ? 'Ready' : 'not Ready'}`,
    `  state      ${status.state}`,
    `  kubeconfig ${status.kubeconfig}`,
    ...section(
      'Servers',
      status.servers.map(
        ({ name, pid }) => `${name.padEnd(24)} ${pid === undefined ? 'DEAD' : `process ${pid}`}`,
      ),
    ),
    ...section(
      'Addresses',
      status.forwards.map(({ localPort, target }) => {
        const what = target === `${addresses.node}:${addresses.apiPort}` ? ' (Kubernetes API)' : '';
        return `127.0.0.1:${localPort} -> ${target}${what}`;
      }),
    ),
    ...section(
      'Hosts that pods may reach',
      status.allowedHosts.map(({ host, port, target }) => `${host}:${port} -> ${target}`),
    ),
    ...section('Images', status.images),
    '',
  ].join('\n');
}
