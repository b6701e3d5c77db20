/** One JSON line per event on stdout. The SDK's and its core's logs come the same way. */
import type { LogLevel, Logger } from '@temporalio/common';
import { pino } from 'pino';

/**
 * Attributes the SDK (1.24) logs with a task that cannot be processed: the task itself, arguments and results included,
 * and the token that lets anybody complete it.
 */
const PRIVATE = ['task', 'taskEncoded', 'taskToken', 'activation', 'completion'];

const METHODS = { TRACE: 'trace', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const;

/** `attributes` are on every line. */
export function createLogger(attributes: Readonly<Record<string, string>>): Logger {
  const sink = pino({
    base: attributes,
    level: 'info',
    redact: { paths: PRIVATE, remove: true },
    // pino names the standard serializer's key `err`; the SDK says `error`.
    serializers: { error: pino.stdSerializers.err },
    formatters: { level: (label) => ({ level: label }) },
    timestamp: pino.stdTimeFunctions.isoTime,
  });
  const log = (level: LogLevel, message: string, meta: Record<string | symbol, unknown> = {}): void =>
    sink[METHODS[level]](meta, message);
  return {
    log,
    trace: (message, meta) => log('TRACE', message, meta),
    debug: (message, meta) => log('DEBUG', message, meta),
    info: (message, meta) => log('INFO', message, meta),
    warn: (message, meta) => log('WARN', message, meta),
    error: (message, meta) => log('ERROR', message, meta),
  };
}
