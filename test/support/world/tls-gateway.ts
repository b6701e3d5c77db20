import { readFileSync } from 'node:fs';
import { connect, createSecureServer, type ClientHttp2Session } from 'node:http2';

/**
 * A Temporal frontend that asks for credentials, as Temporal Cloud does: TLS with a CA of its own, then either a client
 * certificate or a bearer key, in front of a plain frontend. Runs inside the cluster's network.
 *
 * `node tls-gateway.ts '{"address","port","folder","upstream","clientCertificate","apiKey"}'`
 */
interface Options {
  readonly address: string;
  readonly port: number;
  /** Holds ca.crt, server.crt and server.key. */
  readonly folder: string;
  readonly upstream: string;
  readonly clientCertificate: boolean;
  readonly apiKey?: string;
}

const options = JSON.parse(process.argv[2] ?? '{}') as Options;
const file = (name: string) => readFileSync(`${options.folder}/${name}`);
let upstream: ClientHttp2Session | undefined;

function session(): ClientHttp2Session {
  if (upstream === undefined || upstream.closed || upstream.destroyed) {
    upstream = connect(`http://${options.upstream}`);
    upstream.on('error', () => {});
  }
  return upstream;
}

createSecureServer({
  key: file('server.key'),
  cert: file('server.crt'),
  ca: file('ca.crt'),
  requestCert: options.clientCertificate,
  rejectUnauthorized: options.clientCertificate,
})
  .on('stream', (stream, headers) => {
    stream.on('error', () => {});
    if (options.apiKey !== undefined && headers.authorization !== `Bearer ${options.apiKey}`) {
      // gRPC's "unauthenticated", as a trailers-only response.
      stream.respond(
        {
          ':status': 200,
          'content-type': 'application/grpc',
          'grpc-status': '16',
          'grpc-message': 'bad key',
        },
        { endStream: true },
      );
      return;
    }
    const forwarded = session().request({ ...headers, ':authority': options.upstream, ':scheme': 'http' });
    forwarded.on('error', () => stream.close());
    forwarded.on('response', (answer, _flags) => {
      if (stream.destroyed) return;
      // gRPC's trailers-only response (an error, as a rule) is one block of headers that ends the stream.
      if (answer['grpc-status'] !== undefined) {
        stream.respond(answer, { endStream: true });
        return;
      }
      stream.respond(answer, { waitForTrailers: true });
      let trailers = {};
      forwarded.on('trailers', (value) => {
        trailers = value;
      });
      stream.on('wantTrailers', () => stream.sendTrailers(trailers));
      forwarded.pipe(stream);
    });
    stream.pipe(forwarded);
    stream.on('close', () => forwarded.close());
  })
  .on('sessionError', () => {})
  .listen(options.port, options.address, () => console.log('ready'));
