import { existsSync, readFileSync } from 'node:fs';
import { ConfigError, readConfig, type Config } from './config.ts';
import { loadCredentials, type Credentials } from './kube/credentials.ts';
import { makeTransport } from './kube/transport.ts';
import { runOperator } from './operator.ts';
import { makeLog } from './telemetry/log.ts';

/** Exit codes: 0 asked to stop, 1 lost the lease or a bug, 2 the settings cannot be used. */
const POD_NAMESPACE_FILE = '/var/run/secrets/kubernetes.io/serviceaccount/namespace';

const config = readSettings();
const log = makeLog(config.logLevel);

// Whatever nobody caught left something half done in memory: only a new process is a known state.
for (const event of ['unhandledRejection', 'uncaughtException'] as const) {
  process.on(event, (error: unknown) => {
    log.error('stopping: nobody caught this error', { event, error });
    process.exit(1);
  });
}

const stop = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop.abort());

const transport = makeTransport(await readCredentials());
const end = await runOperator({ config, transport, log, stop: stop.signal });
log.info('operator stopped', { end });
// A lost lease ends the process, as in controller-runtime: queues and passes were built while leading, and starting
// anew is the one state that every start tests. Exiting at once also drops a pass that does not heed its signal.
process.exit(end === 'lost' ? 1 : 0);

async function readCredentials(): Promise<Credentials> {
  try {
    return await loadCredentials(process.env);
  } catch (error) {
    log.error('operator not started: no way to reach Kubernetes', { error });
    process.exit(2);
  }
}

function readSettings(): Config {
  try {
    const podNamespace = existsSync(POD_NAMESPACE_FILE)
      ? readFileSync(POD_NAMESPACE_FILE, 'utf8').trim()
      : undefined;
    return readConfig(process.env, process.argv.slice(2), podNamespace);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    makeLog('error').error('operator not started: its settings cannot be used', {
      problems: error.message.split('\n'),
    });
    process.exit(2);
  }
}
