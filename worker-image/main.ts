/** Entry point of the worker image. Exits 0 after a drain, 1 with the reason in the termination message. */
import { writeFile } from 'node:fs/promises';
import { readConfig } from './config.ts';
import { createLogger } from './logging.ts';
import { runWorker } from './runtime.ts';

/** The kubelet keeps 4096 bytes. */
const MAX_TERMINATION_MESSAGE = 4_000;

const stop = new AbortController();
const log = createLogger({ component: 'worker' });
let terminationLog = '/dev/termination-log';

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    log.info(`${signal}: finishing the steps in hand`);
    stop.abort();
  });
}
// A module tool may forget to await: that is its call's problem, not the other runs'.
process.on('unhandledRejection', (error) =>
  log.error('A promise was rejected and nobody handled it', { error }),
);
process.on('uncaughtException', (error) => void fail(error));

try {
  const config = readConfig(process.env);
  terminationLog = config.terminationLog;
  await runWorker(config, log, stop.signal);
  process.exit(0);
} catch (error) {
  await fail(error);
}

async function fail(error: unknown): Promise<never> {
  const message = error instanceof Error ? error.message : String(error);
  log.error(message, { error });
  // Absent outside a container.
  await writeFile(terminationLog, message.slice(0, MAX_TERMINATION_MESSAGE), { flag: 'r+' }).catch(
    () => undefined,
  );
  process.exit(1);
}
