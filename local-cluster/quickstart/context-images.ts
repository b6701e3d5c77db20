import { join } from 'node:path';
import { ClusterError } from '../cluster.ts';
import { contextHash } from '../images/context-hash.ts';
import { repositoryRoot } from '../paths.ts';
import { attempt, run } from '../process/run-command.ts';
import type { ImageSources } from './arguments.ts';
import type { Progress } from './progress.ts';
import type { Images } from './target.ts';

/** How an image gets from this machine's Docker into a cluster that runs on it, by what its context is called. */
const LOADERS: readonly {
  readonly context: RegExp;
  readonly command: (cluster: string, image: string) => readonly string[];
}[] = [
  {
    context: /^kind-(.+)$/,
    command: (cluster, image) => ['kind', 'load', 'docker-image', image, '--name', cluster],
  },
  {
    context: /^k3d-(.+)$/,
    command: (cluster, image) => ['k3d', 'image', 'import', image, '--cluster', cluster],
  },
  {
    context: /^(minikube)$/,
    command: (cluster, image) => ['minikube', 'image', 'load', image, '--profile', cluster],
  },
  // These run containers with the same Docker: what is built is there.
  { context: /^(docker-desktop|orbstack|rancher-desktop)$/, command: () => [] },
];

/** Gives the images that were named, else builds both with Docker and brings them where the cluster finds them. */
export async function provideImages(
  context: string,
  { registry, operatorImage, workerImage, temporalImage }: ImageSources,
  progress: Progress,
): Promise<Images> {
  if (operatorImage !== undefined && workerImage !== undefined) {
    return { operator: operatorImage, worker: workerImage, temporal: temporalImage };
  }
  const loader = LOADERS.find((candidate) => candidate.context.test(context));
  if (registry === undefined && loader === undefined) {
    throw new ClusterError(
      `The cluster of context ${context} must get the images from a registry it can pull from. Say where to push them:\n` +
        `npm run quickstart -- --context ${context} --registry REGISTRY/PREFIX`,
    );
  }
  if ((await attempt('docker', ['version'])).code !== 0) {
    throw new ClusterError(
      'Docker is needed to build the images for another cluster, and "docker version" fails here.',
    );
  }
  const provide = async (target: 'operator' | 'worker'): Promise<string> => {
    const dockerfile = join(repositoryRoot, 'Dockerfile');
    const hash = await contextHash({ context: repositoryRoot, dockerfile, target });
    const image = `${registry ?? 'durable-agents'}/${target}:${hash}`;
    progress.line(`Building ${image}…`);
    await run('docker', ['build', '--quiet', '--target', target, '--tag', image, repositoryRoot]);
    const cluster = loader?.context.exec(context)?.[1] ?? '';
    const [command, ...args] =
      registry === undefined ? (loader?.command(cluster, image) ?? []) : ['docker', 'push', image];
    if (command !== undefined) await run(command, args);
    return image;
  };
  return { operator: await provide('operator'), worker: await provide('worker'), temporal: temporalImage };
}
