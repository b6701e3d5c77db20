import { copyFileSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { ClusterError } from '../cluster-error.ts';
import { findGo } from '../host/go.ts';
import { cacheDirectory } from '../paths.ts';
import { withLock } from '../process/lock.ts';
import { attempt } from '../process/run-command.ts';
import type { Log } from '../log.ts';
import { moduleDirectory, moduleSource, readGoMod, serverModules, type ServerModule } from './catalog.ts';

const isBuilt = (module: ServerModule): boolean =>
  Object.keys(module.packages).every((binary) => existsSync(join(moduleDirectory(module), binary)));

export const missingServers = (): ServerModule[] => serverModules.filter((module) => !isBuilt(module));

const buildTimeoutMs = 60 * 60_000;

/**
 * Builds in a copy of the module, so that nothing Go does to go.mod or go.sum can touch the repository or the key of the
 * result, and with -mod=readonly, so that it builds the pinned versions or fails.
 */
async function build(module: ServerModule, go: string): Promise<void> {
  const target = moduleDirectory(module);
  mkdirSync(join(cacheDirectory(), 'servers'), { recursive: true });
  const work = mkdtempSync(join(cacheDirectory(), 'servers', '.build-'));
  try {
    for (const file of ['go.mod', 'go.sum']) copyFileSync(join(moduleSource(module), file), join(work, file));
    const linkerFlags = ['-s', '-w', module.linkerFlags?.(readGoMod(module)) ?? ''].join(' ').trim();
    const outcome = await attempt(
      go,
      [
        'install',
        '-trimpath',
        '-tags',
        module.tags ?? '',
        `-ldflags=${linkerFlags}`,
        ...Object.values(module.packages),
      ],
      {
        cwd: work,
        env: { CGO_ENABLED: '0', GOFLAGS: '-mod=readonly', GOWORK: 'off', GOBIN: join(work, 'bin') },
        timeoutMs: buildTimeoutMs,
      },
    );
    if (outcome.code !== 0) {
      const said = outcome.stderr.trimEnd().split('\n').slice(-15).join('\n');
      throw new ClusterError(`Building ${module.name} failed. Go said:\n${said}`);
    }
    rmSync(target, { recursive: true, force: true });
    renameSync(join(work, 'bin'), target);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

export async function ensureServers(log: Log): Promise<void> {
  if (missingServers().length === 0) return;
  const go = findGo();
  if (go === undefined) throw new ClusterError('Go is needed to build the servers: https://go.dev/dl');
  const lock = join(cacheDirectory(), 'locks/servers.lock');
  const onWait = ({ pid }: { pid: number }): void =>
    log(`Waiting for process ${pid}, which is building the servers…`);
  await withLock(lock, { timeoutMs: 2 * buildTimeoutMs, onWait }, async () => {
    const missing = missingServers();
    for (const [index, module] of missing.entries()) {
      const started = Date.now();
      const elapsed = (): number => Math.round((Date.now() - started) / 1000);
      const title = `Building server ${index + 1} of ${missing.length}: ${module.name}`;
      log(`${title}…`);
      const ticker = setInterval(() => log(`${title}… ${elapsed()} s`), 15_000);
      try {
        await build(module, go.path);
      } finally {
        clearInterval(ticker);
      }
      log(`Built ${module.name} in ${elapsed()} s`);
    }
  });
}
