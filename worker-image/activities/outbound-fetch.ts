/**
 * fetch for everything a step calls. Two defaults of Node's undici (7.29 in Node 24.21) are wrong for a worker:
 * - headersTimeout and bodyTimeout of 300 s end a long model call below its own timeout: steps bring their own deadline;
 * - idle connections are reused for up to 4 s; servers that close earlier (gunicorn: 2 s) reset the request that meets
 *   the closing, which would be an attempt wasted, and for a tool with effect Once its only one.
 * Node does not export the class of its dispatcher, so it is taken from the global one (documented symbol:
 * https://github.com/nodejs/undici/blob/v7.x/lib/global.js), which honours NODE_USE_ENV_PROXY too.
 */
export type OutboundFetch = (url: string, init: RequestInit) => Promise<Response>;

interface DispatcherOptions {
  readonly headersTimeout: number;
  readonly bodyTimeout: number;
  readonly keepAliveTimeout: number;
}

const OPTIONS: DispatcherOptions = { headersTimeout: 0, bodyTimeout: 0, keepAliveTimeout: 1_000 };

/** A fetch with a dispatcher of its own. Redirects are never followed: they would carry secrets to another host. */
export function makeFetch(options: DispatcherOptions = OPTIONS): OutboundFetch {
  const dispatcher = makeDispatcher(options);
  return (url, init) => fetch(url, { ...init, redirect: 'manual', ...dispatcher });
}

function makeDispatcher(options: DispatcherOptions): object {
  // Node loads undici, and with it the dispatcher, when the first of its classes is used.
  void new Headers();
  const current: unknown = Reflect.get(globalThis, Symbol.for('undici.globalDispatcher.1'));
  const make = (current as { constructor?: new (options: DispatcherOptions) => unknown } | undefined)
    ?.constructor;
  if (make === undefined)
    throw new Error('Node has no undici dispatcher: this worker needs the Node release of its image');
  return { dispatcher: new make(options) };
}
