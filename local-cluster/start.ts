import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { binaryPath } from './binaries/catalog.ts';
import { addons } from './control-plane/addons.ts';
import { addresses } from './control-plane/addresses.ts';
import { ensureCertificates } from './control-plane/certificates.ts';
import { writeConfigFiles } from './control-plane/config-files.ts';
import { renderKubeconfig } from './control-plane/kubeconfig.ts';
import { clusterServers, type ServerGroups } from './control-plane/servers.ts';
import { pauseImage } from './control-plane/containerd-config.ts';
import { importArchive } from './images/import-image.ts';
import { buildPauseImage } from './images/project-images.ts';
import type { Log } from './log.ts';
import { inNetwork } from './namespaces/enter.ts';
import {
  configureNetwork,
  createNamespaces,
  hasNamespaces,
  releaseNamespaces,
} from './namespaces/namespaces.ts';
import { cacheDirectory, type ClusterPaths } from './paths.ts';
import { ClusterError } from './cluster-error.ts';
import {
  cgroupLayout,
  createClusterCgroup,
  removeClusterCgroup,
  type CgroupLayout,
} from './process/cgroup.ts';
import { assertAlive, daemonStartedAt, ensureDaemon, forgetDaemons, type Daemon } from './process/daemon.ts';
import { attempt, run, type Outcome } from './process/run-command.ts';
import { waitFor } from './process/wait-for.ts';
import { probeHttp } from './relay/probe-http.ts';
import { ensureForward, relayDaemons } from './relay/relay.ts';
import { clusterProcesses } from './teardown.ts';

const apiTarget = `${addresses.node}:${addresses.apiPort}`;

/** What a restart of the machine would take as well: namespaces, sockets, and the addresses the pods of then held. */
async function bootMachine(paths: ClusterPaths, layout: CgroupLayout): Promise<void> {
  await releaseNamespaces(paths);
  // The kubelet spends three seconds on every empty cgroup of a pod that died, before it looks at any pod.
  removeClusterCgroup(layout, paths.id);
  forgetDaemons(paths);
  rmSync(paths.system.run, { recursive: true, force: true });
  rmSync(join(paths.system.varLib, 'cni'), { recursive: true, force: true });
  await createNamespaces(paths, [paths.state, cacheDirectory()]);
}

const kubectl = (paths: ClusterPaths, args: readonly string[], input?: string): Promise<Outcome> => {
  const argv = [binaryPath('kubernetes', 'kubectl'), '--kubeconfig', paths.insideKubeconfig, ...args];
  const [command = '', ...rest] = inNetwork(paths, argv);
  return attempt(command, rest, { timeoutMs: 20_000, ...(input === undefined ? {} : { input }) });
};

interface Boot {
  readonly paths: ClusterPaths;
  readonly groups: ServerGroups;
  readonly log: Log;
  /** Keeps those that run and starts the others. */
  readonly ensure: (daemons: readonly Daemon[]) => Promise<void>;
  /** Waits, but not for a server that has died. */
  readonly wait: (what: string, timeoutMs: number, probe: () => Promise<boolean>) => Promise<void>;
}

async function startContainers({ paths, groups, log, ensure, wait }: Boot): Promise<void> {
  await buildPauseImage(log);
  await wait('containerd', 60_000, async () => {
    const args = ['--address', paths.containerdSocket, '--timeout', '2s', 'version'];
    return (await attempt(binaryPath('containerd', 'ctr'), args, { timeoutMs: 5_000 })).code === 0;
  });
  await importArchive(paths, pauseImage);
  await ensure(groups.needContainerd);
}

async function startControllers({ paths, groups, ensure, wait }: Boot): Promise<void> {
  await wait('the API server', 120_000, async () => {
    return (await kubectl(paths, ['get', '--raw', '/readyz'])).code === 0;
  });
  await ensure(groups.needApi);
  const apply = ['apply', '--server-side', '--force-conflicts', '-f', '-'];
  await wait('the cluster DNS objects', 30_000, async () => (await kubectl(paths, apply, addons)).code === 0);
}

/** A Ready that is older than the kubelet is what the node said before it died. */
const kubeletStart = (paths: ClusterPaths): number => daemonStartedAt(paths, 'kubelet') ?? 0;

async function waitUntilUsable({ paths, wait }: Boot): Promise<void> {
  await wait('the kubelet', 120_000, () => probeHttp(paths, '127.0.0.1:10248', '/healthz'));
  await wait('the node to be Ready', 120_000, async () => {
    const fields = '{.lastHeartbeatTime} {.status}';
    const output = `jsonpath={range .status.conditions[?(@.type=="Ready")]}${fields}{end}`;
    const [heartbeat = '', status] = (
      await kubectl(paths, ['get', 'node', paths.id, '-o', output])
    ).stdout.split(' ');
    return status === 'True' && Date.parse(heartbeat) + 1_000 > kubeletStart(paths);
  });
  await wait('CoreDNS', 60_000, () => probeHttp(paths, '127.0.0.1:8181', '/ready'));
  // Pods are refused until their namespace has its service account.
  await wait('the default service account', 60_000, async () => {
    return (await kubectl(paths, ['get', 'serviceaccount', 'default', '--namespace', 'default'])).code === 0;
  });
}

/** Keeps what runs, starts what does not, and returns when a pod could be scheduled. Expects to hold the cluster's lock. */
export async function startCluster(paths: ClusterPaths, log: Log): Promise<void> {
  const layout = cgroupLayout();
  if (layout === undefined) throw new ClusterError('No cgroup file system is mounted.');
  mkdirSync(paths.state, { recursive: true, mode: 0o711 });
  await ensureCertificates(paths);
  if (!hasNamespaces(paths) || (await clusterProcesses(paths)).size === 0) await bootMachine(paths, layout);
  const cgroupProcs = createClusterCgroup(layout, paths.id);
  await configureNetwork(paths);
  const groups = clusterServers(paths, writeConfigFiles(paths));
  const running: string[] = [];
  const boot: Boot = {
    paths,
    groups,
    log,
    ensure: async (daemons) => {
      for (const daemon of daemons) {
        if ((await ensureDaemon(paths, cgroupProcs, daemon)) === 'started') log(`Started ${daemon.name}`);
        running.push(daemon.name);
      }
    },
    wait: (what, timeoutMs, probe) =>
      waitFor({ what, timeoutMs, hint: `The logs are in ${paths.logs}.` }, () => {
        assertAlive(paths, running);
        return probe();
      }),
  };
  await boot.ensure([...groups.foundation, ...relayDaemons(paths)]);
  await Promise.all([startContainers(boot), startControllers(boot)]);
  await waitUntilUsable(boot);
  const { localPort } = await ensureForward(paths, apiTarget);
  const server = `https://127.0.0.1:${localPort}`;
  writeFileSync(paths.kubeconfig, renderKubeconfig(paths, 'admin', server), { mode: 0o600 });
  await run(binaryPath('kubernetes', 'kubectl'), ['--kubeconfig', paths.kubeconfig, 'version'], {
    timeoutMs: 20_000,
  });
}
