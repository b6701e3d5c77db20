import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { prepareMachine } from '../local-cluster/cluster.ts';

/**
 * `npm test`: the static checks, then every suite on real servers. Ends with `N passed, N failed` and leaves
 * reports/tests.json (counts by suite) and reports/promises.json (the proof of each promise).
 */
const ROOT = fileURLToPath(new URL('..', import.meta.url));
const REPORTS = join(ROOT, 'reports');
const SUITES = ['unit', 'integration', 'cluster', 'machine'] as const;

interface Count {
  readonly suite: string;
  readonly passed: number;
  readonly failed: number;
  readonly seconds: number;
}

const { values } = parseArgs({
  options: {
    suite: { type: 'string', multiple: true },
    'skip-checks': { type: 'boolean', default: false },
  },
});
const suites = values.suite ?? SUITES;

function run(command: string, args: readonly string[]): boolean {
  return spawnSync(command, args, { cwd: ROOT, stdio: 'inherit' }).status === 0;
}

/** Runs one vitest project. A suite that dies without a report counts as one failure: silence is not success. */
function runSuite(suite: string): Count {
  const started = Date.now();
  const file = join(REPORTS, `vitest-${suite}.json`);
  const ok = run('vitest', [
    'run',
    '--project',
    suite,
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${file}`,
  ]);
  const seconds = Math.round((Date.now() - started) / 1_000);
  if (!existsSync(file)) return { suite, passed: 0, failed: 1, seconds };
  const report = JSON.parse(readFileSync(file, 'utf8')) as { numPassedTests: number; numFailedTests: number };
  // A file that fails to load, or a hook that fails, has no failed test of its own.
  const failed = report.numFailedTests === 0 && !ok ? 1 : report.numFailedTests;
  return { suite, passed: report.numPassedTests, failed, seconds };
}

function collectPromises(): readonly { readonly id: string; readonly ok: boolean }[] {
  const folder = join(REPORTS, 'promises');
  if (!existsSync(folder)) return [];
  const promises = readdirSync(folder)
    .toSorted()
    .map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as { id: string; ok: boolean });
  writeFileSync(join(REPORTS, 'promises.json'), `${JSON.stringify(promises, null, 2)}\n`);
  return promises;
}

rmSync(REPORTS, { recursive: true, force: true });
mkdirSync(REPORTS, { recursive: true });
const checks = values['skip-checks'] || run('npm', ['run', '--silent', 'check']);
if (suites.some((suite) => suite !== 'unit')) await prepareMachine(console.log);
const counts = suites.map(runSuite);
writeFileSync(join(REPORTS, 'tests.json'), `${JSON.stringify({ checks, suites: counts }, null, 2)}\n`);

for (const { suite, passed, failed, seconds } of counts)
  console.log(`${suite}: ${passed} passed, ${failed} failed in ${seconds} s`);
for (const { id, ok } of collectPromises()) console.log(`promise ${id}: ${ok ? 'kept' : 'BROKEN'}`);
if (!checks) console.log('the static checks failed (npm run check)');
const total = (key: 'passed' | 'failed') => counts.reduce((sum, count) => sum + count[key], 0);
console.log(`${total('passed')} passed, ${total('failed')} failed`);
process.exitCode = total('failed') === 0 && total('passed') > 0 && checks ? 0 : 1;
