import { execFile } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { prove } from '../support/ledger.ts';
import { tracesOf } from '../support/traces.ts';
import { downCluster } from '../../local-cluster/cluster.ts';

const NAME = 'quickstart-test';
const run = promisify(execFile);
let folder = '';

afterAll(async () => {
  await downCluster(NAME);
  if (folder !== '') rmSync(folder, { recursive: true, force: true });
});

test('npm run quickstart from a clean clone, then down: everything happened, nothing stays', () =>
  prove(
    {
      id: 'quickstart',
      promise:
        'One command on a clean clone brings everything up, kills a worker mid-run and shows the run finish.',
      test: 'test/machine/quickstart.test.ts',
    },
    async (figures) => {
      folder = await mkdtemp(join(tmpdir(), 'quickstart-'));
      const clone = join(folder, 'clone');
      await run('git', ['clone', '--quiet', '--no-hardlinks', process.cwd(), clone]);
      expect(existsSync(join(clone, 'node_modules'))).toBe(false);
      // As from a new shell: nothing of this test's own Node on the PATH.
      const path = (process.env['PATH'] ?? '')
        .split(':')
        .filter((entry) => !entry.includes('node_modules'))
        .join(':');
      const env = { ...process.env, PATH: path, OPENAI_API_KEY: '', NODE_ENV: '' };
      const options = { cwd: clone, env, maxBuffer: 64 << 20, timeout: 1_500_000 };

      const started = Date.now();
      const first = await run('npm', ['run', 'quickstart', '--', '--name', NAME], options);
      figures['seconds'] = Math.round((Date.now() - started) / 1_000);
      expect(first.stdout).toMatch(/SIGKILL/);
      expect(first.stdout).toMatch(/re-run: 0 completed steps/);

      const again = Date.now();
      const second = await run('npm', ['run', 'quickstart', '--', '--name', NAME], options);
      figures['warmSeconds'] = Math.round((Date.now() - again) / 1_000);
      expect(second.stdout).toMatch(/re-run: 0 completed steps/);

      expect(tracesOf(NAME).processes.length).toBeGreaterThan(0);
      await run('npm', ['run', 'cluster', '--', 'down', '--name', NAME], options);
      await eventually('nothing to be left', async () =>
        tracesOf(NAME).processes.length === 0 ? true : undefined,
      );
      expect(tracesOf(NAME)).toEqual({ processes: [], others: [] });
    },
  ));
