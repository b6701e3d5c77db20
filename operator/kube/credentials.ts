import { existsSync, readFileSync } from 'node:fs';
import { Agent, type AgentOptions } from 'node:https';
import type { Agent as HttpAgent } from 'node:http';

/** Where the API server is and how to prove who we are. Contents of credentials never leave this file but in a request. */
export interface Credentials {
  readonly server: URL;
  /** Connection pool with the TLS settings, and the headers of one request. Called for every request: tokens rotate. */
  authorize(): Promise<{
    readonly agent: HttpAgent;
    readonly headers: Readonly<Record<string, string>>;
  }>;
}

const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

/** The kubelet rotates a projected token well before it expires; client-go re-reads it every minute too. */
const TOKEN_REFRESH_MS = 60_000;

/** A free socket is closed by us after 30 s, before a load balancer or the server does it while we send. */
const POOL: AgentOptions = {
  keepAlive: true,
  keepAliveMsecs: 30_000,
  timeout: 30_000,
  scheduling: 'lifo',
};

/** KUBECONFIG, else ~/.kube/config, else the pod's service account; what kubectl would use, in kubectl's order. */
export async function loadCredentials(
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Credentials> {
  const named = (environment['KUBECONFIG'] ?? '') !== '';
  if (named || existsSync(`${environment['HOME'] ?? ''}/.kube/config`)) return fromKubeconfig();
  if (existsSync(`${SERVICE_ACCOUNT}/token`)) return inCluster(environment);
  throw new Error(NOWHERE);
}

const NOWHERE =
  'no Kubernetes API server to talk to: set KUBECONFIG to a file with a current context, or run in a pod with a service account';

/**
 * A pod's own account, read without a library: importing @kubernetes/client-node 2.0.1 costs 85 MB resident (its
 * `dist/config.js` alone 40 MB), more than the rest of the operator.
 */
function inCluster(environment: Readonly<Record<string, string | undefined>>): Credentials {
  const host = environment['KUBERNETES_SERVICE_HOST'] ?? 'kubernetes.default.svc';
  const port = environment['KUBERNETES_SERVICE_PORT'] ?? '443';
  const agent = new Agent({ ...POOL, ca: readFileSync(`${SERVICE_ACCOUNT}/ca.crt`) });
  let token = '';
  let readAt = Number.NEGATIVE_INFINITY;
  return {
    server: new URL(`https://${host.includes(':') ? `[${host}]` : host}:${port}`),
    authorize: async () => {
      if (performance.now() - readAt > TOKEN_REFRESH_MS) {
        token = readFileSync(`${SERVICE_ACCOUNT}/token`, 'utf8').trim();
        readAt = performance.now();
      }
      return { agent, headers: { authorization: `Bearer ${token}` } };
    },
  };
}

/**
 * Outside a cluster: client certificates, tokens, exec plugins, OIDC and proxies, as client-node reads them. Imported
 * late and by its file (the package has no `exports`), because the whole package is 16 MB of models in a bundle.
 */
async function fromKubeconfig(): Promise<Credentials> {
  const { KubeConfig } = await import('@kubernetes/client-node/dist/config.js');
  const config = new KubeConfig();
  config.loadFromDefault();
  const cluster = config.getCurrentCluster();
  if (cluster === null) throw new Error(NOWHERE);
  return {
    server: new URL(cluster.server),
    authorize: async () => {
      // Caches the agent per cluster and user (2.0.1 does), so the pool survives; tokens come fresh or from its cache.
      const options: Parameters<typeof config.applyToHTTPSOptions>[0] = {};
      await config.applyToHTTPSOptions(options);
      const agent = options.agent as HttpAgent & {
        keepAlive: boolean;
        readonly options: AgentOptions;
      };
      // It makes the agent without keep-alive: a handshake per call.
      agent.keepAlive = true;
      agent.options.keepAlive = true;
      const basic =
        typeof options.auth === 'string'
          ? { authorization: `Basic ${Buffer.from(options.auth).toString('base64')}` }
          : {};
      return {
        agent,
        headers: { ...basic, ...(options.headers as Record<string, string> | undefined) },
      };
    },
  };
}
