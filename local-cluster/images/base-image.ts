import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

import type { Log } from '../log.ts';
import { cacheDirectory, repositoryRoot, shortHash } from '../paths.ts';
import { run } from '../process/run-command.ts';
import { buildahBuild, imageExists, tagImage } from './buildah.ts';

/** Stands in for docker.io/library/node:24-bookworm-slim where no registry is reachable: Debian, Node and npm. */
const nodeImage = 'localhost/node:24';

const npmVersion = '11.21.2';
const suite = 'bookworm';
// passwd brings useradd, which Dockerfiles written for the official image expect.
const packages = 'libstdc++6,ca-certificates,openssl,passwd';

const dockerfile = `FROM scratch
ADD base.tar /
COPY --chmod=0755 node /usr/local/bin/node
ADD npm.tgz /usr/local/lib/node_modules/
RUN mv /usr/local/lib/node_modules/package /usr/local/lib/node_modules/npm \\
 && ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm \\
 && ln -s ../lib/node_modules/npm/bin/npx-cli.js /usr/local/bin/npx \\
 && useradd --create-home --uid 1000 --shell /bin/bash node
ENV NODE_VERSION=${process.versions.node}
CMD ["node"]
`;

async function debianBase(log: Log): Promise<string> {
  const file = join(cacheDirectory(), 'images', `debian-${shortHash(suite, packages, process.arch)}.tar`);
  if (existsSync(file)) return file;
  log('Building the Debian base of the images…');
  mkdirSync(join(cacheDirectory(), 'images'), { recursive: true });
  // mmdebstrap chooses the format by the file's name, hence .tar at the end.
  const partial = `${file}.${process.pid}.tar`;
  await run('mmdebstrap', ['--variant=essential', `--include=${packages}`, suite, partial]);
  renameSync(partial, file);
  for (const other of readdirSync(join(cacheDirectory(), 'images'))) {
    const path = join(cacheDirectory(), 'images', other);
    if (/^debian-[0-9a-f]+\.tar$/.test(other) && path !== file) rmSync(path, { force: true });
  }
  return file;
}

/** Expects to hold the image lock. The Node is the one the repository pins, which is also the one running this. */
export async function ensureNodeImage(log: Log): Promise<string> {
  const node = join(repositoryRoot, 'node_modules/node/bin/node');
  const key = shortHash(dockerfile, npmVersion, suite, packages);
  const stamped = `${nodeImage}-${key}`;
  if (await imageExists(stamped)) return stamped;
  const base = await debianBase(log);
  log('Building the Node image…');
  const context = mkdtempSync(join(cacheDirectory(), 'images', '.node-'));
  try {
    await run('npm', ['pack', '--silent', `npm@${npmVersion}`, '--pack-destination', context]);
    const tarball = readdirSync(context).find((file) => file.endsWith('.tgz')) ?? '';
    renameSync(join(context, tarball), join(context, 'npm.tgz'));
    copyFileSync(base, join(context, 'base.tar'));
    copyFileSync(existsSync(node) ? node : process.execPath, join(context, 'node'));
    chmodSync(join(context, 'node'), 0o755);
    writeFileSync(join(context, 'Dockerfile'), dockerfile);
    await buildahBuild({ context, dockerfile: join(context, 'Dockerfile'), tag: nodeImage });
    await tagImage(nodeImage, stamped);
  } finally {
    rmSync(context, { recursive: true, force: true });
  }
  return stamped;
}
