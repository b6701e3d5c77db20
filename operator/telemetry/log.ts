import pino, { type DestinationStream } from 'pino';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/**
 * JSON lines. `message` is constant, so that equal events can be counted; what varies goes into `fields`. Values never
 * come from Secrets, bodies or headers.
 */
export interface Log {
  debug(message: string, fields?: Readonly<Record<string, unknown>>): void;
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
  /** A log whose every line carries `fields`. */
  with(fields: Readonly<Record<string, unknown>>): Log;
}

/** The last line of defence, not a licence to log these. */
const REDACTED = [
  'apiKey',
  'token',
  'password',
  'authorization',
  'clientKey',
  'ca',
  'clientCert',
  'headers',
  'data',
  'stringData',
].flatMap((name) => [name, `*.${name}`]);

/** `destination` is for tests; default is standard output. */
export function makeLog(level: LogLevel, destination?: DestinationStream): Log {
  const options = {
    level,
    base: null,
    messageKey: 'message',
    errorKey: 'error',
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: REDACTED, censor: '(redacted)' },
    serializers: { error: describeError },
  };
  return wrap(destination === undefined ? pino(options) : pino(options, destination));
}

/** Our own: the message says what happened and where. Anything else is a bug, and its stack says where. */
const EXPECTED: ReadonlySet<string> = new Set([
  'RetryableError',
  'TerminalError',
  'KubeError',
  'TemporalError',
]);

/**
 * Name, message, stack and the messages of the causes, and no more: pino's own serializer copies every property, and a
 * foreign error may carry a request with its headers.
 */
function describeError(error: unknown): Readonly<Record<string, unknown>> {
  if (!(error instanceof Error)) return { message: String(error) };
  const causes: string[] = [];
  for (let cause = error.cause; cause instanceof Error && causes.length < 5; cause = cause.cause)
    causes.push(cause.message);
  return {
    type: error.name,
    message: error.message,
    ...(EXPECTED.has(error.name) ? {} : { stack: error.stack }),
    ...(causes.length === 0 ? {} : { causes }),
  };
}

function wrap(logger: pino.Logger): Log {
  return {
    debug: (message, fields) => logger.debug(fields ?? {}, message),
    info: (message, fields) => logger.info(fields ?? {}, message),
    warn: (message, fields) => logger.warn(fields ?? {}, message),
    error: (message, fields) => logger.error(fields ?? {}, message),
    with: (fields) => wrap(logger.child(fields)),
  };
}
