import { existsSync } from 'node:fs';

import { binaryPath } from '../binaries/catalog.ts';
import { ClusterError } from '../cluster-error.ts';
import type { ClusterPaths } from '../paths.ts';
import { run } from '../process/run-command.ts';
import { archiveFile } from './buildah.ts';

/** Its socket file is all it takes to reach a cluster's containerd, from any namespace. */
const ctrArguments = (paths: ClusterPaths): string[] => [
  '--address',
  paths.containerdSocket,
  '--namespace',
  'k8s.io',
];

const ctr = (paths: ClusterPaths, ...args: string[]): Promise<string> =>
  run(binaryPath('containerd', 'ctr'), [...ctrArguments(paths), ...args], { timeoutMs: 300_000 });

export async function importedImages(paths: ClusterPaths): Promise<string[]> {
  const listed = await ctr(paths, 'images', 'ls', '--quiet');
  return listed.split('\n').filter((reference) => reference !== '' && !reference.startsWith('sha256:'));
}

/** Tags name their content, so a reference that is already there is the same image. */
export async function importArchive(paths: ClusterPaths, reference: string): Promise<'kept' | 'imported'> {
  if ((await importedImages(paths)).includes(reference)) return 'kept';
  const archive = archiveFile(reference);
  if (!existsSync(archive))
    throw new ClusterError(`No image ${reference}: build it first (npm run cluster -- images).`);
  await ctr(paths, 'images', 'import', archive);
  return 'imported';
}
