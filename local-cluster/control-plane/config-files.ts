import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { shortHash, type ClusterPaths } from '../paths.ts';
import { addresses } from './addresses.ts';
import { auditPolicy } from './audit-policy.ts';
import { renderContainerdConfig } from './containerd-config.ts';
import { renderKubeconfig } from './kubeconfig.ts';
import { renderKubeletConfig } from './kubelet-config.ts';
import { renderCniConfig, renderCorefile, renderProxyConfig, rootZone } from './network-config.ts';

const users = ['admin', 'kubelet', 'controller-manager', 'scheduler', 'proxy', 'dns'] as const;

export interface ConfigFiles {
  readonly kubeconfigs: Readonly<Record<(typeof users)[number], string>>;
  readonly containerd: string;
  readonly kubelet: string;
  readonly proxy: string;
  readonly corefile: string;
  readonly auditPolicy: string;
  readonly allowedHosts: string;
  /** Hash of everything written: a server started with another content is started again. */
  readonly contents: string;
}

export const allowedHostsFile = (paths: ClusterPaths): string => join(paths.config, 'allowed-hosts');

export function writeConfigFiles(paths: ClusterPaths): ConfigFiles {
  const written: string[] = [];
  const write = (name: string, content: string): string => {
    const file = join(paths.config, name);
    // Unchanged files stay untouched: kube-proxy ends itself when its file is written, even with the same content.
    if (!existsSync(file) || readFileSync(file, 'utf8') !== content)
      writeFileSync(file, content, { mode: 0o600 });
    written.push(name, content);
    return file;
  };
  mkdirSync(join(paths.config, 'cni'), { recursive: true });
  const server = `https://${addresses.node}:${addresses.apiPort}`;
  const kubeconfigs = Object.fromEntries(
    users.map((user) => [user, write(`${user}.kubeconfig`, renderKubeconfig(paths, user, server))]),
  ) as Record<(typeof users)[number], string>;
  const pki = (file: string): string => join(paths.pki, file);
  write('cni/10-pods.conflist', renderCniConfig());
  const allowedHosts = allowedHostsFile(paths);
  if (!existsSync(allowedHosts)) writeFileSync(allowedHosts, '');
  const files = {
    kubeconfigs,
    containerd: write('containerd.toml', renderContainerdConfig(join(paths.config, 'cni'))),
    kubelet: write(
      'kubelet.yaml',
      renderKubeletConfig(`/${paths.id}`, {
        clientCa: pki('ca.crt'),
        certificate: pki('kubelet.crt'),
        key: pki('kubelet.key'),
      }),
    ),
    proxy: write('kube-proxy.yaml', renderProxyConfig(kubeconfigs.proxy, paths.id)),
    corefile: write(
      'Corefile',
      renderCorefile({ kubeconfig: kubeconfigs.dns, allowedHosts, rootZone: write('root.zone', rootZone) }),
    ),
    auditPolicy: write('audit-policy.yaml', auditPolicy),
    allowedHosts,
  };
  return { ...files, contents: shortHash(...written) };
}
