import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, test } from 'vitest';
import { clusterStatus, downCluster, upCluster } from '../../local-cluster/cluster.ts';
import { eventually } from '../support/eventually.ts';
import { prove } from '../support/ledger.ts';
import { tracesOf } from '../support/traces.ts';

const ONE = 'lifecycle-one';
const TWO = 'lifecycle-two';

afterAll(async () => {
  for (const name of [ONE, TWO]) await downCluster(name);
});

/** kill -9 of every server, shim and pod of a cluster, until nothing of it runs. */
async function killEverything(name: string): Promise<number> {
  let killed = 0;
  await eventually(
    `everything of ${name} to be dead`,
    async () => {
      const { processes } = tracesOf(name);
      for (const pid of processes) process.kill(pid, 'SIGKILL');
      killed += processes.length;
      return processes.length === 0 ? true : undefined;
    },
    { intervalMs: 50 },
  );
  return killed;
}

test('two clusters side by side; kill -9 of everything, up again, and down leaves nothing', () =>
  prove(
    {
      id: 'cluster-lifecycle',
      promise:
        'Local clusters live side by side; after kill -9 of everything up restores one and down leaves no trace of it.',
      test: 'test/machine/cluster-lifecycle.test.ts',
    },
    async (figures) => {
      await upCluster({ name: ONE, images: false });
      await upCluster({ name: TWO, images: false });
      const started = Date.now();
      await upCluster({ name: ONE, images: false });
      figures['secondUpSeconds'] = (Date.now() - started) / 1_000;

      figures['processesKilled'] = await killEverything(ONE);
      expect(figures['processesKilled']).toBeGreaterThan(5);
      expect((await clusterStatus(ONE)).healthy).toBe(false);
      expect((await clusterStatus(TWO)).healthy).toBe(true);
      await upCluster({ name: ONE, images: false });
      expect((await clusterStatus(ONE)).healthy).toBe(true);

      await killEverything(ONE);
      await downCluster(ONE);
      // The init of some machines reaps the dead a moment later.
      await sleep(1_000);
      expect(tracesOf(ONE)).toEqual({ processes: [], others: [] });
      expect((await clusterStatus(TWO)).healthy).toBe(true);
      await downCluster(TWO);
      await sleep(1_000);
      expect(tracesOf(TWO)).toEqual({ processes: [], others: [] });
    },
  ));
