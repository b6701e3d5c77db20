/** The worker's process in the tests: main.ts with a config from its argument instead of a pod's environment. */
import type { WorkerConfig } from '../../worker-image/config.ts';
import { runProcess } from '../../worker-image/process.ts';

await runProcess(() => JSON.parse(process.argv[2] ?? '') as WorkerConfig);
