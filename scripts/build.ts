/**
 * Builds what the images run: `node scripts/build.ts [operator] [worker]`, both without an argument.
 * operator: dist/operator.mjs, everything in one file, so that its image needs no node_modules.
 * worker: dist/workflow-bundle.js. The worker's own code is not bundled: Node runs its TypeScript as it is, and a module
 * tool must find the same `zod` and `durable-agents` the worker has.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, 'dist');

// CommonJS packages inside an ES module still call require() for Node's own modules, and read their file's name.
const BANNER = [
  "import { createRequire as __createRequire } from 'node:module';",
  'const require = __createRequire(import.meta.url);',
  'const __filename = import.meta.filename;',
  'const __dirname = import.meta.dirname;',
].join('\n');

async function buildOperator(): Promise<string> {
  // Imported here: the worker's stage of the Dockerfile has no esbuild to load.
  const { build } = await import('esbuild');
  const outfile = join(dist, 'operator.mjs');
  await build({
    entryPoints: [join(root, 'operator/main.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    banner: { js: BANNER },
    keepNames: true,
    legalComments: 'none',
    logLevel: 'warning',
  });
  return outfile;
}

async function buildWorker(): Promise<string> {
  const outfile = join(dist, 'workflow-bundle.js');
  const { status } = spawnSync(process.execPath, [join(root, 'worker-image/bundle.ts')], {
    cwd: root,
    stdio: 'inherit',
  });
  if (status !== 0) throw new Error(`worker-image/bundle.ts ended with exit code ${status ?? 'none'}`);
  return outfile;
}

const builders: Readonly<Record<string, () => Promise<string>>> = {
  operator: buildOperator,
  worker: buildWorker,
};

const wanted = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(builders);
mkdirSync(dist, { recursive: true });
for (const name of wanted) {
  const builder = builders[name];
  if (builder === undefined)
    throw new Error(`nothing to build named "${name}": use ${Object.keys(builders).join(' or ')}`);
  const started = Date.now();
  const file = await builder();
  const kilobytes = Math.round(statSync(file).size / 1024);
  console.log(
    `${file.slice(root.length + 1)}: ${kilobytes} KiB in ${((Date.now() - started) / 1000).toFixed(1)} s`,
  );
}
