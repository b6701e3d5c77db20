import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { prepareMachine } from '../../local-cluster/cluster.ts';
import { measureQuickstart } from './quickstart.ts';
import { measureSteps } from './step-overhead.ts';

/**
 * `npm run bench`: prints and writes reports/bench.json. Ratios hold from machine to machine, absolute figures do not:
 * compare those with another run of the bench on the same machine only.
 */
const ROOT = fileURLToPath(new URL('../..', import.meta.url));

await prepareMachine(console.log);
const build = spawnSync('npm', ['run', '--silent', 'build'], { cwd: ROOT, stdio: 'inherit' });
if (build.status !== 0) throw new Error('npm run build failed');

const steps = await measureSteps(`${ROOT}dist/workflow-bundle.js`, console.log);
const figures = Object.fromEntries(
  Object.entries({ ...steps, ...(await measureQuickstart()) }).map(([key, value]) => [
    key,
    Math.round(value * 100) / 100,
  ]),
);
mkdirSync(`${ROOT}reports`, { recursive: true });
writeFileSync(`${ROOT}reports/bench.json`, `${JSON.stringify(figures, null, 2)}\n`);
console.log(JSON.stringify(figures, null, 2));
