import { readFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';

import { cacheDirectory, repositoryRoot } from '../paths.ts';

/** A Go module of `local-cluster/servers/` and what is built from it. Versions live in its go.mod only. */
export interface ServerModule {
  readonly name: string;
  readonly packages: Readonly<Record<string, string>>;
  readonly tags?: string;
  readonly linkerFlags?: (goMod: string) => string;
}

const kubernetesCommand = (name: string): [string, string] => [name, `k8s.io/kubernetes/cmd/${name}`];
const containerdCommand = (name: string): [string, string] => [
  name,
  `github.com/containerd/containerd/v2/cmd/${name}`,
];

/** An unstamped Kubernetes calls itself v0.0.0-master, and clients choose their behaviour by that version. */
export function kubernetesVersionFlags(goMod: string): string {
  const version = /^\s*k8s\.io\/kubernetes (v(\d+)\.(\d+)\.\S+)/m.exec(goMod);
  if (version === null) throw new Error('servers/kubernetes/go.mod does not require k8s.io/kubernetes');
  const [, full, major, minor] = version;
  const set = (variable: string, value: string | undefined): string =>
    `-X k8s.io/component-base/version.${variable}=${value ?? ''}`;
  return [set('gitVersion', full), set('gitMajor', major), set('gitMinor', minor)].join(' ');
}

export const serverModules: readonly ServerModule[] = [
  { name: 'temporal', packages: { temporal: 'github.com/temporalio/cli/cmd/temporal' } },
  // `go install` names a binary after the last path element that is not a major version.
  { name: 'etcd', packages: { server: 'go.etcd.io/etcd/server/v3' } },
  {
    name: 'kubernetes',
    packages: Object.fromEntries(
      ['kube-apiserver', 'kubectl', 'kube-controller-manager', 'kube-scheduler', 'kubelet', 'kube-proxy'].map(
        kubernetesCommand,
      ),
    ),
    linkerFlags: kubernetesVersionFlags,
  },
  {
    name: 'containerd',
    packages: Object.fromEntries(['containerd', 'containerd-shim-runc-v2', 'ctr'].map(containerdCommand)),
    tags: 'no_btrfs,no_zfs',
  },
  { name: 'helm', packages: { helm: 'helm.sh/helm/v4/cmd/helm' } },
  { name: 'coredns', packages: { coredns: 'github.com/coredns/coredns' } },
];

export const moduleSource = (module: ServerModule): string =>
  join(repositoryRoot, 'local-cluster/servers', module.name);

export const readGoMod = (module: ServerModule): string =>
  readFileSync(join(moduleSource(module), 'go.mod'), 'utf8');

/** Named by the go.mod, so another version is another folder and both stay usable. */
export function moduleDirectory(module: ServerModule, goMod: string = readGoMod(module)): string {
  const key = createHash('sha256').update(goMod).digest('hex').slice(0, 12);
  return join(cacheDirectory(), 'servers', `${module.name}-${key}`);
}

export function binaryPath(moduleName: string, binary: string = moduleName): string {
  const module = serverModules.find((candidate) => candidate.name === moduleName);
  if (module === undefined) throw new Error(`no server module named ${moduleName}`);
  return join(moduleDirectory(module), binary);
}

export const binaryFolders = (): string[] => serverModules.map((module) => moduleDirectory(module));
