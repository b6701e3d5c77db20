import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { outputs } from './outputs.ts';

/** `node crds/generate/main.ts` writes the generated files; with `--check` it writes none and fails when one has drifted. */
const root = new URL('../../', import.meta.url);
const check = process.argv.includes('--check');
const drifted: string[] = [];

for (const { path, text } of await outputs(root)) {
  const url = new URL(path, root);
  const current = await readFile(url, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (current === text) continue;
  drifted.push(path);
  if (check) continue;
  await mkdir(new URL('.', url), { recursive: true });
  await writeFile(url, text);
  console.log(`wrote ${path}`);
}

if (check && drifted.length > 0) {
  console.error(`Out of date with crds/v1alpha1: ${drifted.join(', ')}. Run: npm run generate`);
  process.exitCode = 1;
}
