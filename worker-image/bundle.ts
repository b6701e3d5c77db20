/**
 * Bundles the workflow code at build time: `node worker-image/bundle.ts <out>`. The worker that loads it must be of the
 * very @temporalio/worker version that made it.
 */
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { WORKFLOW_BUNDLE } from './config.ts';

/** JavaScript of the sandbox, source map inlined. Throws with webpack's messages when the code does not bundle. */
export async function bundleWorkflows(): Promise<string> {
  const { code } = await bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('workflows/durable-agent.ts', import.meta.url)),
    logger: new DefaultLogger('WARN'),
  });
  return code;
}

export async function writeWorkflowBundle(out: string): Promise<void> {
  await mkdir(dirname(out), { recursive: true });
  // Renamed into place, so that a worker that starts meanwhile never reads half of it.
  await writeFile(`${out}.part`, await bundleWorkflows());
  await rename(`${out}.part`, out);
}

if (import.meta.main) await writeWorkflowBundle(resolve(process.argv[2] ?? WORKFLOW_BUNDLE));
