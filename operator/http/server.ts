import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** undefined: fine. Otherwise what is wrong, for the person who reads the probe's answer. */
export type HealthCheck = () => string | undefined;

export interface HttpOptions {
  /** 0 picks a free port (tests). */
  readonly port: number;
  /** The process is beyond repair when one fails: the kubelet restarts it. What a restart cannot mend has no place here. */
  readonly live: Readonly<Record<string, HealthCheck>>;
  /** It can do its work. A standby that is not the leader is ready too: its caches are warm. */
  readonly ready: Readonly<Record<string, HealthCheck>>;
  readonly metrics: () => Promise<{ readonly contentType: string; readonly text: string }>;
}

export interface HttpServer {
  readonly port: number;
  close(): Promise<void>;
}

/** /healthz, /readyz and /metrics. A stuck event loop needs no check: it answers nothing, which the kubelet counts as a failure. */
export async function startHttp(options: HttpOptions): Promise<HttpServer> {
  const server = createServer((request, response) => {
    const answer = (status: number, contentType: string, text: string): void => {
      response.writeHead(status, {
        'content-type': contentType,
        'content-length': String(Buffer.byteLength(text)),
      });
      response.end(request.method === 'HEAD' ? undefined : text);
    };
    const probe = (checks: Readonly<Record<string, HealthCheck>>): void => {
      const { ok, text } = verdict(checks);
      answer(ok ? 200 : 503, 'text/plain; charset=utf-8', text);
    };
    switch ((request.url ?? '').split('?')[0] ?? '') {
      case '/healthz':
        probe(options.live);
        return;
      case '/readyz':
        probe(options.ready);
        return;
      case '/metrics':
        options.metrics().then(
          ({ contentType, text }) => answer(200, contentType, text),
          () => answer(500, 'text/plain; charset=utf-8', 'metrics cannot be collected\n'),
        );
        return;
      default:
        answer(404, 'text/plain; charset=utf-8', 'there are /healthz, /readyz and /metrics\n');
    }
  });
  // A slow or silent client must not hold a socket for ever.
  server.requestTimeout = 10_000;
  server.headersTimeout = 5_000;
  await listen(server, options.port);
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** One line per check, as kube-apiserver's ?verbose has it. */
function verdict(checks: Readonly<Record<string, HealthCheck>>): {
  readonly ok: boolean;
  readonly text: string;
} {
  const lines = Object.entries(checks).map(([name, check]) => ({ name, problem: check() }));
  const text = lines
    .map(({ name, problem }) => (problem === undefined ? `[+] ${name}\n` : `[-] ${name}: ${problem}\n`))
    .join('');
  return { ok: lines.every(({ problem }) => problem === undefined), text: text === '' ? 'ok\n' : text };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        new Error(
          `cannot listen on port ${port} (${error.code ?? error.message}); set DURABLE_AGENTS_HTTP_PORT to a free one`,
        ),
      ),
    );
    server.listen(port, () => resolve());
  });
}
