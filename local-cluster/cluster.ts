import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { ensureServers } from './binaries/build.ts';
import { binaryFolders } from './binaries/catalog.ts';
import { ClusterError } from './cluster-error.ts';
import { ensurePackages } from './host/debian-packages.ts';
import { assertHostIsReady } from './host/preflight.ts';
import type { ImageBuild } from './images/buildah.ts';
import { importArchive } from './images/import-image.ts';
import { buildImageArchive, buildProjectImages, type ProjectImages } from './images/project-images.ts';
import type { Log } from './log.ts';
import { inNetwork } from './namespaces/enter.ts';
import { clusterPaths, clustersDirectory, defaultClusterName, type ClusterPaths } from './paths.ts';
import { withLock } from './process/lock.ts';
import { attempt, type Outcome, type RunOptions } from './process/run-command.ts';
import { openExit } from './relay/allow-host.ts';
import { ensureForward } from './relay/relay.ts';
import { startCluster } from './start.ts';
import { removeCluster } from './teardown.ts';

/** The local cluster for programs: what the CLI, the quickstart and the tests need of this folder is here. */
export { binaryPath } from './binaries/catalog.ts';
export { ClusterError } from './cluster-error.ts';
export { addresses } from './control-plane/addresses.ts';
export { defaultClusterName } from './paths.ts';
export { clusterStatus, type ClusterStatus } from './status.ts';
export type { ImageBuild } from './images/buildah.ts';
export type { ProjectImages } from './images/project-images.ts';

const quiet: Log = () => {};

const exclusively = <T>(paths: ClusterPaths, log: Log, work: () => Promise<T>): Promise<T> =>
  withLock(
    // Beside the state folder, not in it: `down` removes that one while it holds the lock.
    join(dirname(clustersDirectory), `.durable-agents-${paths.name}.lock`),
    {
      timeoutMs: 15 * 60_000,
      onWait: ({ pid }) => log(`Waiting for process ${pid}, which is at work on ${paths.name}…`),
    },
    work,
  );

function assertExists(paths: ClusterPaths): void {
  if (existsSync(paths.kubeconfig)) return;
  throw new ClusterError(
    `No cluster named ${paths.name}. Start it: npm run cluster -- up --name ${paths.name}`,
  );
}

export interface UpOptions {
  readonly name?: string;
  readonly log?: Log;
  /** false leaves the project's images alone. */
  readonly images?: boolean;
}

export interface RunningCluster {
  readonly name: string;
  readonly kubeconfig: string;
  /** References of what was built and imported; absent with `images: false`. */
  readonly images?: ProjectImages;
}

/** Checks the machine, then installs and builds what is missing; enough for those who only want the servers. */
export async function prepareMachine(log: Log = quiet): Promise<void> {
  assertHostIsReady();
  await ensurePackages(log);
  await ensureServers(log);
}

/** Brings the cluster up, or back up, with everything it needs. Quick when there is nothing to do. */
export async function upCluster(options: UpOptions = {}): Promise<RunningCluster> {
  const { name = defaultClusterName, log = quiet, images = true } = options;
  const paths = clusterPaths(name);
  await prepareMachine(log);
  await exclusively(paths, log, () => startCluster(paths, log));
  const running = { name, kubeconfig: paths.kubeconfig };
  return images ? { ...running, images: await importProjectImages(name, log) } : running;
}

/** Removes the cluster and all its traces; does nothing, and says nothing, when there is none. */
export async function downCluster(name: string = defaultClusterName, log: Log = quiet): Promise<void> {
  const paths = clusterPaths(name);
  await exclusively(paths, log, () => removeCluster(paths));
}

export function kubeconfigPath(name: string = defaultClusterName): string {
  const paths = clusterPaths(name);
  assertExists(paths);
  return paths.kubeconfig;
}

/** Builds what changed of the operator, worker and Temporal images, for every cluster of this machine. */
export const buildImages = (options: { readonly log?: Log } = {}): Promise<ProjectImages> =>
  buildProjectImages(options.log ?? quiet);

async function importProjectImages(name: string, log: Log): Promise<ProjectImages> {
  const onBuilt = async (reference: string): Promise<void> => {
    if ((await importArchive(clusterPaths(name), reference)) === 'imported') log(`Imported ${reference}`);
  };
  try {
    return await buildProjectImages(log, onBuilt);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ClusterError(`${reason}\nThe cluster ${name} itself is up; only its images are not.`, {
      cause: error,
    });
  }
}

/** Builds any image of your own. The Dockerfile gets NODE_IMAGE; a tag that exists is taken to be up to date. */
export const buildImage = (build: ImageBuild, log: Log = quiet): Promise<string> =>
  buildImageArchive(build, log);

/** Gives a built image to a cluster; pods use it under the same reference. */
export async function importImage(name: string, reference: string): Promise<void> {
  const paths = clusterPaths(name);
  assertExists(paths);
  await importArchive(paths, reference);
}

/** The environment in which kubectl, helm, ctr and temporal are on the path and mean this cluster. */
export function clusterEnvironment(
  name: string,
  where: 'inside' | 'outside' = 'outside',
): Record<string, string> {
  const paths = clusterPaths(name);
  return {
    KUBECONFIG: where === 'inside' ? paths.insideKubeconfig : paths.kubeconfig,
    CONTAINERD_ADDRESS: paths.containerdSocket,
    CONTAINERD_NAMESPACE: 'k8s.io',
    PATH: [...binaryFolders(), process.env['PATH'] ?? ''].join(':'),
  };
}

/** The command line that runs `argv` in the cluster's network, for those who spawn it themselves. */
export function insideCommand(name: string, argv: readonly string[]): string[] {
  const paths = clusterPaths(name);
  assertExists(paths);
  return inNetwork(paths, argv);
}

/** Runs a command in the cluster's network: ClusterIPs and pod addresses are reachable, DNS is 10.96.0.10. */
export function runInside(name: string, argv: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const [command = '', ...args] = insideCommand(name, argv);
  return attempt(command, args, {
    ...options,
    env: { ...clusterEnvironment(name, 'inside'), ...options.env },
  });
}

export interface ForwardRequest {
  readonly name?: string;
  /** ip:port in the cluster's network: of a Service, a pod or the node. */
  readonly target: string;
  readonly localPort?: number;
}

export interface ForwardedPort {
  readonly host: '127.0.0.1';
  readonly port: number;
  /** `127.0.0.1:port` */
  readonly address: string;
}

/** Makes an address of the cluster reachable on 127.0.0.1 until `down`; the same target keeps its port. */
export async function forwardToHost(request: ForwardRequest): Promise<ForwardedPort> {
  const paths = clusterPaths(request.name);
  assertExists(paths);
  const { localPort: port } = await exclusively(paths, quiet, () =>
    ensureForward(paths, request.target, request.localPort),
  );
  return { host: '127.0.0.1', port, address: `127.0.0.1:${port}` };
}

/**
 * Lets pods reach one named host, and nothing else outside: `allowHost(name, 'api.openai.com:443')`. With `target` the
 * name is an alias for another address of the machine's network, say a scripted model on 127.0.0.1.
 */
export async function allowHost(name: string, endpoint: string, target: string = endpoint): Promise<void> {
  const paths = clusterPaths(name);
  assertExists(paths);
  await exclusively(paths, quiet, () => openExit(paths, endpoint, target));
}
