import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, it } from 'vitest';

import { withLock } from './lock.ts';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'lock-'))));
afterEach(() => rmSync(folder, { recursive: true }));

it('lets one in at a time and leaves no file', async () => {
  const path = join(folder, 'a.lock');
  let inside = 0;
  let most = 0;
  const enter = (): Promise<void> =>
    withLock(path, { timeoutMs: 5_000 }, async () => {
      most = Math.max(most, ++inside);
      await new Promise((resolve) => setTimeout(resolve, 20));
      inside--;
    });
  await Promise.all([enter(), enter(), enter()]);
  expect(most).toBe(1);
  expect(existsSync(path)).toBe(false);
});

it('takes over from an owner that died', async () => {
  const path = join(folder, 'b.lock');
  writeFileSync(path, JSON.stringify({ pid: 1, startTime: 'never' }));
  expect(await withLock(path, { timeoutMs: 1_000 }, () => Promise.resolve('mine'))).toBe('mine');
});

it('gives up with a message that names the owner', async () => {
  const path = join(folder, 'c.lock');
  await withLock(path, { timeoutMs: 1_000 }, async () => {
    await expect(withLock(path, { timeoutMs: 150 }, () => Promise.resolve())).rejects.toThrow(
      String(process.pid),
    );
  });
});
