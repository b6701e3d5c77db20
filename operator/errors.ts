/**
 * The closed set of errors inside the operator, made where the foreign error arrives. Messages are for people and never
 * hold bodies, headers or secrets. Anything else that is thrown is a bug: the engine logs it with its stack and backs off.
 */

/** Try again, by backoff or after `afterMs`. */
export class RetryableError extends Error {
  override readonly name = 'RetryableError';
  readonly afterMs: number | undefined;

  constructor(message: string, options: { readonly afterMs?: number; readonly cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.afterMs = options.afterMs;
  }
}

/** Trying again is useless until the object changes. */
export class TerminalError extends Error {
  override readonly name = 'TerminalError';
}
