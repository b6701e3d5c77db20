import {
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

import { binaryPath } from '../binaries/catalog.ts';
import { pauseImage } from '../control-plane/containerd-config.ts';
import { cacheDirectory, shortHash } from '../paths.ts';
import { archiveFile, buildahBuild, exportArchive, pruneStore } from './buildah.ts';

/** Images from scratch around one static binary: nothing to download, nothing to keep patched. */
interface BinaryImage {
  readonly reference: string;
  readonly binary: string;
  readonly dockerfile: string;
}

const pauseDockerfile = `FROM scratch
COPY --chmod=0755 binary /catatonit
ENTRYPOINT ["/catatonit","-P"]
`;

// /data is the one place user 10001 may write: mount a volume there to keep Temporal's database.
const temporalDockerfile = `FROM scratch
COPY --chmod=0755 binary /temporal
COPY --chown=10001:10001 data /data
COPY --chmod=1777 data /tmp
COPY passwd /etc/passwd
COPY ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
ENV HOME=/data
WORKDIR /data
USER 10001:10001
ENTRYPOINT ["/temporal"]
`;

export function pauseBinaryImage(): BinaryImage {
  return { reference: pauseImage, binary: '/usr/bin/catatonit', dockerfile: pauseDockerfile };
}

export function temporalBinaryImage(): BinaryImage {
  const binary = binaryPath('temporal');
  // The folder of the binary is named by its pinned version.
  const tag = shortHash(temporalDockerfile, binary.split('/').at(-2) ?? '');
  return { reference: `localhost/durable-agents-temporal:${tag}`, binary, dockerfile: temporalDockerfile };
}

/** Expects to hold the image lock. */
export async function ensureBinaryImage(image: BinaryImage): Promise<string> {
  const archive = archiveFile(image.reference);
  if (existsSync(archive)) return image.reference;
  mkdirSync(join(cacheDirectory(), 'images'), { recursive: true });
  const context = mkdtempSync(join(cacheDirectory(), 'images', '.binary-'));
  try {
    try {
      linkSync(image.binary, join(context, 'binary'));
    } catch {
      copyFileSync(image.binary, join(context, 'binary')); // another file system
    }
    mkdirSync(join(context, 'data'));
    writeFileSync(join(context, 'passwd'), 'temporal:x:10001:10001::/data:/sbin/nologin\n');
    writeFileSync(join(context, 'ca-certificates.crt'), readFileSync('/etc/ssl/certs/ca-certificates.crt'));
    writeFileSync(join(context, 'Dockerfile'), image.dockerfile);
    await buildahBuild({ context, dockerfile: join(context, 'Dockerfile'), tag: image.reference });
    await exportArchive(image.reference);
    await pruneStore(image.reference);
  } finally {
    rmSync(context, { recursive: true, force: true });
  }
  return image.reference;
}
