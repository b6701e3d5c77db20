/** A worker as a process: its signals, its exit code, and the message it leaves behind when it cannot go on. */
import { writeFile } from 'node:fs/promises';
import type { WorkerConfig } from './config.ts';
import { createLogger } from './logging.ts';
import { runWorker } from './runtime.ts';

/** The kubelet keeps 4096 bytes. */
const MAX_TERMINATION_MESSAGE = 4_000;

const DEFAULT_TERMINATION_LOG = '/dev/termination-log';

/** Exits 0 after a drain, and 1 with the reason in the termination message. Never returns. */
export async function runProcess(config: () => WorkerConfig): Promise<never> {
  const stop = new AbortController();
  const log = createLogger({ component: 'worker' });
  let terminationLog = DEFAULT_TERMINATION_LOG;

  const fail = async (error: unknown): Promise<never> => {
    const message = error instanceof Error ? error.message : String(error);
    log.error(message, { error });
    // r+: the kubelet made the file; outside a container there is none, and none is made.
    await writeFile(terminationLog, message.slice(0, MAX_TERMINATION_MESSAGE), { flag: 'r+' }).catch(
      () => undefined,
    );
    process.exit(1);
  };
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
    const settings = config();
    terminationLog = settings.terminationLog;
    await runWorker(settings, log, stop.signal);
    process.exit(0);
  } catch (error) {
    return fail(error);
  }
}
