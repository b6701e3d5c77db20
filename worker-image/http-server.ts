/** /healthz, /readyz and /metrics of a worker. */
import { createServer, type Server } from 'node:http';
import type { Registry } from 'prom-client';

export interface HTTPServerOptions {
  /** 0 for any free port. */
  readonly port: number;
  readonly registry: Registry;
  /** Where the SDK's core serves its own metrics. */
  readonly coreMetricsURL: string;
  /** Undefined when the worker takes work, else why it does not. */
  readonly notReady: () => string | undefined;
}

const CORE_TIMEOUT_MS = 2_000;

/** Listens before the returned promise resolves. Liveness is that this process answers: Temporal away is no reason to die. */
export function startHTTPServer(options: HTTPServerOptions): Promise<Server> {
  const server = createServer((request, response) => {
    answer(request.url ?? '/', options).then(
      ({ status, body, type = 'text/plain; charset=utf-8' }) =>
        response.writeHead(status, { 'content-type': type }).end(body),
      () => response.writeHead(500).end('internal error\n'),
    );
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, () => resolve(server));
  });
}

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly type?: string;
}

async function answer(
  url: string,
  { registry, coreMetricsURL, notReady }: HTTPServerOptions,
): Promise<Answer> {
  switch (url.replace(/\?.*$/, '')) {
    case '/healthz':
      return { status: 200, body: 'ok\n' };
    case '/readyz': {
      const reason = notReady();
      return reason === undefined ? { status: 200, body: 'ok\n' } : { status: 503, body: `${reason}\n` };
    }
    case '/metrics':
      return {
        status: 200,
        type: registry.contentType,
        body: `${await registry.metrics()}\n${await coreMetrics(coreMetricsURL)}`,
      };
    default:
      return { status: 404, body: 'not found: /healthz, /readyz, /metrics\n' };
  }
}

/**
 * The core's exposition as it is: its families begin with `temporal_`, ours do not, so none is there twice. Empty when
 * it cannot be had: our own metrics are worth a scrape without it.
 */
async function coreMetrics(url: string): Promise<string> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(CORE_TIMEOUT_MS) });
    return response.ok ? await response.text() : '';
  } catch {
    return '';
  }
}
