import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { parse } from 'yaml';
import type { AgentRun, DurableAgent } from '../../crds/v1alpha1/kinds.ts';

/** A Kubernetes object as JSON, with what tests read of it. */
export interface Live {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly deletionTimestamp?: string;
    readonly [key: string]: unknown;
  };
  readonly [key: string]: unknown;
}

export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly warnings: readonly string[];
}

interface Kubeconfig {
  readonly clusters: readonly [
    { readonly cluster: { readonly server: string; readonly 'certificate-authority-data': string } },
  ];
  readonly users: readonly [
    { readonly user: { readonly 'client-certificate-data': string; readonly 'client-key-data': string } },
  ];
}

const AGENTS = '/apis/durableagents.dev/v1alpha1';

/** Plain REST against the test cluster's API server: what a test sees is what the server says, no client in between. */
export class Kube {
  readonly #server: string;
  readonly #agent: Agent;

  constructor(kubeconfigPath: string) {
    const config = parse(readFileSync(kubeconfigPath, 'utf8')) as Kubeconfig;
    const { cluster } = config.clusters[0];
    const { user } = config.users[0];
    this.#server = cluster.server;
    this.#agent = new Agent({
      keepAlive: true,
      ca: Buffer.from(cluster['certificate-authority-data'], 'base64'),
      cert: Buffer.from(user['client-certificate-data'], 'base64'),
      key: Buffer.from(user['client-key-data'], 'base64'),
    });
  }

  send(method: string, path: string, body?: unknown, contentType = 'application/json'): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const payload = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
      // Node adds no length to the body of a DELETE, and the server would read it as the next request.
      const headers =
        payload === undefined
          ? {}
          : { 'content-type': contentType, 'content-length': Buffer.byteLength(payload) };
      const outgoing = request(
        `${this.#server}${path}`,
        { method, agent: this.#agent, headers, timeout: 30_000 },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('end', () => {
            const warning = response.headers['warning'];
            resolve({
              status: response.statusCode ?? 0,
              body: Buffer.concat(chunks).toString('utf8'),
              warnings: warning === undefined ? [] : [String(warning)],
            });
          });
        },
      );
      outgoing
        .on('error', reject)
        .on('timeout', () => outgoing.destroy(new Error(`${method} ${path}: no answer in 30 s`)));
      // Text (YAML) goes out as it is written.
      outgoing.end(payload);
    });
  }

  async #json(method: string, path: string, body?: unknown, contentType?: string): Promise<Live> {
    const answer = await this.send(method, path, body, contentType);
    if (answer.status >= 300)
      throw new Error(`${method} ${path}: ${answer.status} ${answer.body.slice(0, 600)}`);
    return JSON.parse(answer.body) as Live;
  }

  async get<T = Live>(path: string): Promise<T | undefined> {
    const answer = await this.send('GET', path);
    if (answer.status === 404) return undefined;
    if (answer.status >= 300) throw new Error(`GET ${path}: ${answer.status} ${answer.body.slice(0, 600)}`);
    return JSON.parse(answer.body) as T;
  }

  async list(path: string): Promise<readonly Live[]> {
    return ((await this.get<{ items: readonly Live[] }>(path)) ?? { items: [] }).items;
  }

  post(path: string, object: unknown): Promise<Live> {
    return this.#json('POST', path, object);
  }

  patch(path: string, change: unknown): Promise<Live> {
    return this.#json('PATCH', path, change, 'application/merge-patch+json');
  }

  async delete(path: string): Promise<void> {
    const answer = await this.send('DELETE', path);
    if (answer.status >= 300 && answer.status !== 404)
      throw new Error(`DELETE ${path}: ${answer.status} ${answer.body.slice(0, 600)}`);
  }

  /** A namespace whose pods must meet the `restricted` Pod Security Standard, as every test namespace here. */
  async createNamespace(name: string): Promise<void> {
    await this.post('/api/v1/namespaces', {
      metadata: {
        name,
        labels: {
          'pod-security.kubernetes.io/enforce': 'restricted',
          'pod-security.kubernetes.io/warn': 'restricted',
        },
      },
    });
  }

  agent(namespace: string, name: string): Promise<DurableAgent | undefined> {
    return this.get<DurableAgent>(`${AGENTS}/namespaces/${namespace}/durableagents/${name}`);
  }

  run(namespace: string, name: string): Promise<AgentRun | undefined> {
    return this.get<AgentRun>(`${AGENTS}/namespaces/${namespace}/agentruns/${name}`);
  }

  pods(namespace: string, agent: string): Promise<readonly Live[]> {
    return this.list(
      `/api/v1/namespaces/${namespace}/pods?labelSelector=${encodeURIComponent(`durableagents.dev/agent=${agent}`)}`,
    );
  }
}

/** Path of a namespaced collection of this project's kinds. */
export function collection(
  namespace: string,
  plural: 'durableagents' | 'agentruns' | 'temporalconnections',
): string {
  return `${AGENTS}/namespaces/${namespace}/${plural}`;
}
