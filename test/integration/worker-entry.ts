/** The worker's process in the tests: main.ts with a config from its argument instead of a pod's environment. */
import { createLogger } from '../../worker-image/logging.ts';
import { runWorker } from '../../worker-image/runtime.ts';
import type { WorkerConfig } from '../../worker-image/config.ts';

const stop = new AbortController();
process.on('SIGTERM', () => stop.abort());
await runWorker(JSON.parse(process.argv[2] ?? '') as WorkerConfig, createLogger({}), stop.signal);
process.exit(0);
