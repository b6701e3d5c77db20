import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { ClusterError } from '../cluster-error.ts';
import type { Log } from '../log.ts';
import { repositoryRoot } from '../paths.ts';
import { ensureNodeImage } from './base-image.ts';
import {
  archiveFile,
  buildahBuild,
  exportArchive,
  pruneStore,
  withImageLock,
  type ImageBuild,
} from './buildah.ts';
import { contextHash, type BuildContext } from './context-hash.ts';
import { ensureBinaryImage, pauseBinaryImage, temporalBinaryImage } from './server-images.ts';

export interface ProjectImages {
  readonly temporal: string;
  /** Absent as long as the repository has no Dockerfile. */
  readonly operator?: string;
  readonly worker?: string;
}

/** Builds one image unless its archive is there; give it a tag that changes with its content. */
export async function buildImageArchive(build: ImageBuild, log: Log): Promise<string> {
  if (existsSync(archiveFile(build.tag))) return build.tag;
  return withImageLock(log, async () => {
    if (existsSync(archiveFile(build.tag))) return build.tag; // built while we waited
    const NODE_IMAGE = await ensureNodeImage(log);
    const started = Date.now();
    log(`Building ${build.tag}…`);
    await buildahBuild({ ...build, buildArguments: { NODE_IMAGE, ...build.buildArguments } });
    await exportArchive(build.tag);
    await pruneStore(build.tag);
    log(`Built ${build.tag} in ${Math.round((Date.now() - started) / 1000)} s`);
    return build.tag;
  });
}

async function buildTarget(target: 'operator' | 'worker', log: Log): Promise<string> {
  const build: BuildContext = {
    context: repositoryRoot,
    dockerfile: join(repositoryRoot, 'Dockerfile'),
    target,
  };
  const tag = `localhost/durable-agents-${target}:${await contextHash(build)}`;
  return buildImageArchive({ ...build, tag }, log);
}

export const buildPauseImage = (log: Log): Promise<string> =>
  withImageLock(log, () => ensureBinaryImage(pauseBinaryImage()));

/** Builds one after the other and hands each over when it is there; one that fails does not keep the others back. */
export async function buildProjectImages(
  log: Log,
  onBuilt: (reference: string) => Promise<void> = () => Promise.resolve(),
): Promise<ProjectImages> {
  const temporal = await withImageLock(log, () => ensureBinaryImage(temporalBinaryImage()));
  await onBuilt(temporal);
  if (!existsSync(join(repositoryRoot, 'Dockerfile'))) {
    log('No Dockerfile yet: the operator and worker images are left out.');
    return { temporal };
  }
  const failures: string[] = [];
  const attempt = async (target: 'operator' | 'worker'): Promise<string> => {
    try {
      const reference = await buildTarget(target, log);
      await onBuilt(reference);
      return reference;
    } catch (error) {
      failures.push(error instanceof Error ? error.message : String(error));
      return '';
    }
  };
  const images = { temporal, operator: await attempt('operator'), worker: await attempt('worker') };
  if (failures.length > 0) throw new ClusterError(failures.join('\n\n'));
  return images;
}
