import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

import { ClusterError } from '../cluster-error.ts';
import type { Log } from '../log.ts';
import { cacheDirectory } from '../paths.ts';
import { withLock } from '../process/lock.ts';
import { attempt, run } from '../process/run-command.ts';
import type { BuildContext } from './context-hash.ts';

/**
 * buildah with a store of its own in the cache folder. Its overlay driver keeps a layer once; vfs, which copies the whole
 * image for every layer, is only for file systems that cannot carry an overlay (an overlay itself, as in most containers).
 */
const store = (): string => join(cacheDirectory(), 'buildah');

let driver: Promise<'overlay' | 'vfs'> | undefined;

async function chooseDriver(): Promise<'overlay' | 'vfs'> {
  mkdirSync(store(), { recursive: true });
  const probe = [
    '--storage-driver',
    'overlay',
    '--root',
    join(store(), 'overlay'),
    '--runroot',
    join(store(), 'run'),
  ];
  return (await attempt('buildah', [...probe, 'images', '--quiet'])).code === 0 ? 'overlay' : 'vfs';
}

async function storage(): Promise<string[]> {
  const chosen = await (driver ??= chooseDriver());
  return ['--storage-driver', chosen, '--root', join(store(), chosen), '--runroot', join(store(), 'run')];
}

export const withImageLock = <T>(log: Log, work: () => Promise<T>): Promise<T> =>
  withLock(
    join(cacheDirectory(), 'locks/images.lock'),
    {
      timeoutMs: 30 * 60_000,
      onWait: ({ pid }) => log(`Waiting for process ${pid}, which is building images…`),
    },
    work,
  );

export async function imageExists(reference: string): Promise<boolean> {
  return (
    (await attempt('buildah', [...(await storage()), 'inspect', '--type', 'image', reference])).code === 0
  );
}

export async function tagImage(reference: string, alias: string): Promise<void> {
  await run('buildah', [...(await storage()), 'tag', reference, alias]);
}

/** npm's registry settings and the machine's certificate authorities, wherever npm and Node have them on this machine. */
async function buildSecrets(): Promise<string[]> {
  const npmrc = (await attempt('npm', ['config', 'get', 'userconfig'])).stdout.trim();
  const candidates = {
    npmrc: [npmrc],
    ca: [process.env['NODE_EXTRA_CA_CERTS'] ?? '', '/etc/ssl/certs/ca-certificates.crt'],
  };
  return Object.entries(candidates).flatMap(([id, files]) => {
    const file = files.find((candidate) => candidate !== '' && existsSync(candidate));
    return file === undefined ? [] : ['--secret', `id=${id},src=${file}`];
  });
}

export interface ImageBuild extends BuildContext {
  /** The whole reference, `localhost/name:tag`. */
  readonly tag: string;
}

export async function buildahBuild(build: ImageBuild): Promise<void> {
  const chosen = await (driver ??= chooseDriver());
  const options = ['--isolation', 'chroot', '--pull=never', `--layers=${chosen === 'overlay'}`];
  if (build.target !== undefined) options.push('--target', build.target);
  for (const [name, value] of Object.entries(build.buildArguments ?? {}))
    options.push('--build-arg', `${name}=${value}`);
  options.push(...(await buildSecrets()), '--file', build.dockerfile, '--tag', build.tag);
  const outcome = await attempt('buildah', [...(await storage()), 'build', ...options, build.context], {
    timeoutMs: 30 * 60_000,
  });
  if (outcome.code !== 0) {
    const output = `${outcome.stdout}\n${outcome.stderr}`.trim();
    const file = join(cacheDirectory(), 'logs', `${build.tag.replaceAll(/[^A-Za-z0-9.-]+/g, '_')}.log`);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, output);
    const end = output.split('\n').slice(-40).join('\n');
    throw new ClusterError(`${end}\n\nBuilding ${build.tag} failed; all buildah said is in ${file}`);
  }
}

export const archiveFile = (reference: string): string =>
  join(cacheDirectory(), 'images', `${reference.replaceAll(/[^A-Za-z0-9.-]+/g, '_')}.tar`);

const keptArchives = 3;

/** Writes the image where every cluster can import it from, and drops the oldest archives of the same name. */
export async function exportArchive(reference: string): Promise<string> {
  const archive = archiveFile(reference);
  mkdirSync(dirname(archive), { recursive: true });
  const partial = `${archive}.${process.pid}`;
  rmSync(partial, { force: true });
  await run('buildah', [
    ...(await storage()),
    'push',
    '--quiet',
    reference,
    `oci-archive:${partial}:${reference}`,
  ]);
  renameSync(partial, archive);
  const prefix = basename(archive).slice(0, basename(archive).lastIndexOf('_') + 1);
  const siblings = readdirSync(dirname(archive))
    .filter((file) => file.startsWith(prefix) && !file.slice(prefix.length).includes('_'))
    .map((file) => ({
      path: join(dirname(archive), file),
      time: statSync(join(dirname(archive), file)).mtimeMs,
    }))
    .toSorted((a, b) => b.time - a.time);
  for (const { path } of siblings.slice(keptArchives)) rmSync(path, { force: true });
  return archive;
}

const largestStoreMegabytes = 6_000;

/** Old tags go at once; the layer cache, which makes the next build quick, only when the store has grown large. */
export async function pruneStore(current: string): Promise<void> {
  const args = await storage();
  const repository = current.slice(0, current.lastIndexOf(':'));
  const names = await run('buildah', [...args, 'images', '--format', '{{.Name}}:{{.Tag}}']);
  for (const name of names.split('\n')) {
    if (name.startsWith(`${repository}:`) && name !== current)
      await attempt('buildah', [...args, 'rmi', name]);
  }
  await attempt('buildah', [...args, 'rm', '--all']);
  const size = Number((await attempt('du', ['-sm', store()])).stdout.split('\t')[0]);
  if (size > largestStoreMegabytes) await attempt('buildah', [...args, 'rmi', '--prune']);
}
