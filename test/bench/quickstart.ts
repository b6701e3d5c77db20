import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { downCluster } from '../../local-cluster/cluster.ts';
import { residentMiB } from './step-overhead.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const NAME = 'bench';

export interface QuickstartFigures {
  /** The quickstart a second time: everything built, the cluster up. */
  readonly quickstartWarmSeconds: number;
  /** Resident set of the operator after two quickstarts, idle. */
  readonly operatorResidentMiB: number;
}

export async function measureQuickstart(): Promise<QuickstartFigures> {
  try {
    quickstart();
    const started = performance.now();
    quickstart();
    const quickstartWarmSeconds = (performance.now() - started) / 1_000;
    return { quickstartWarmSeconds, operatorResidentMiB: residentMiB(operatorProcess()) };
  } finally {
    await downCluster(NAME);
  }
}

function quickstart(): void {
  const { status } = spawnSync('npm', ['run', 'quickstart', '--', '--name', NAME], {
    cwd: ROOT,
    stdio: 'inherit',
  });
  if (status !== 0) throw new Error(`the quickstart ended with ${status}`);
}

/** Containers are processes of this machine: the operator's is the one in this cluster's cgroup that runs its bundle. */
function operatorProcess(): number {
  for (const pid of readdirSync('/proc').filter((name) => /^[0-9]+$/.test(name))) {
    try {
      const isOurs = readFileSync(`/proc/${pid}/cgroup`, 'utf8').includes(`durable-agents-${NAME}`);
      if (isOurs && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('operator.mjs')) return Number(pid);
    } catch {
      // The process ended while we looked.
    }
  }
  throw new Error('the operator of the bench cluster is not running');
}
