import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import { inject } from 'vitest';
import type { AgentRun, DurableAgent } from '../../crds/v1alpha1/kinds.ts';
import { type ClusterFacts, SYSTEM_NAMESPACE } from './facts.ts';
import type { Script } from './world/protocol.ts';
import { eventually } from './eventually.ts';
import { collection, Kube, type Live } from './kube.ts';
import { World } from './world/client.ts';

export { SYSTEM_NAMESPACE };

const run = promisify(execFile);

/** What a test file works with: the shared cluster, and a namespace of its own. */
export class Suite {
  readonly cluster: ClusterFacts = inject('cluster');
  readonly kube = new Kube(this.cluster.kubeconfig);
  readonly world = new World(this.cluster.worldURL, this.cluster.worldSocket);
  readonly namespace: string;
  #temporal: Client | undefined;

  private constructor(namespace: string) {
    this.namespace = namespace;
  }

  /** `name` is unique among the test files: it is the namespace, and the prefix of its scripts. */
  static async start(name: string): Promise<Suite> {
    const suite = new Suite(name);
    await suite.kube.createNamespace(name);
    return suite;
  }

  /** Deletes what the file made. Failures show: a namespace that cannot end is a defect of the operator. */
  async stop(): Promise<void> {
    await this.#temporal?.connection.close();
    await this.kube.delete(`/api/v1/namespaces/${this.namespace}`);
  }

  async temporal(): Promise<Client> {
    this.#temporal ??= new Client({
      connection: await Connection.connect({ address: this.cluster.temporalAddress }),
    });
    return this.#temporal;
  }

  async kubectl(...args: string[]): Promise<{ readonly stdout: string; readonly stderr: string }> {
    return run('kubectl', [...args], {
      env: { ...process.env, PATH: this.cluster.path, KUBECONFIG: this.cluster.kubeconfig },
      maxBuffer: 64 << 20,
    });
  }

  async create(manifest: { readonly kind: string }): Promise<Live> {
    const plural = {
      DurableAgent: 'durableagents',
      AgentRun: 'agentruns',
      TemporalConnection: 'temporalconnections',
    } as const;
    const kind = manifest.kind as keyof typeof plural;
    return this.kube.post(collection(this.namespace, plural[kind]), manifest);
  }

  /** Pods of the operator under test. */
  async operatorPods(): Promise<readonly Live[]> {
    const selector = encodeURIComponent('app.kubernetes.io/component=operator');
    return this.kube.list(`/api/v1/namespaces/${SYSTEM_NAMESPACE}/pods?labelSelector=${selector}`);
  }

  /** Operators under test: none while a file brings its own, two for one to take over from the other. */
  async scaleOperator(replicas: number): Promise<void> {
    const path = `/apis/apps/v1/namespaces/${SYSTEM_NAMESPACE}/deployments/durable-agents-operator`;
    await this.kube.patch(path, { spec: { replicas } });
    await eventually(`${replicas} operators`, async () => {
      const deployment = await this.kube.get<{ status: { readyReplicas?: number; replicas?: number } }>(path);
      const { readyReplicas = 0, replicas: all = 0 } = deployment?.status ?? {};
      return readyReplicas === replicas && all === replicas ? true : undefined;
    });
  }

  async script(script: Script): Promise<void> {
    await this.world.script(script);
  }

  async agentWhen(
    what: string,
    name: string,
    test: (agent: DurableAgent) => boolean,
    timeoutMs = 120_000,
  ): Promise<DurableAgent> {
    return eventually(
      `agent ${name}: ${what}`,
      async () => {
        const agent = await this.kube.agent(this.namespace, name);
        if (agent !== undefined && test(agent)) return agent;
        throw new Error(JSON.stringify(agent?.status ?? 'no status'));
      },
      { timeoutMs },
    );
  }

  agentReady(name: string, timeoutMs?: number): Promise<DurableAgent> {
    return this.agentWhen(
      'Ready',
      name,
      ({ metadata, status }) =>
        status?.observedGeneration === metadata.generation && conditionOf(status, 'Ready')?.status === 'True',
      timeoutMs,
    );
  }

  async runWhen(
    what: string,
    name: string,
    test: (run: AgentRun) => boolean,
    timeoutMs = 120_000,
  ): Promise<AgentRun> {
    return eventually(
      `run ${name}: ${what}`,
      async () => {
        const found = await this.kube.run(this.namespace, name);
        if (found !== undefined && test(found)) return found;
        throw new Error(JSON.stringify(found?.status ?? 'no status'));
      },
      { timeoutMs },
    );
  }

  runCompleted(name: string, timeoutMs?: number): Promise<AgentRun> {
    return this.runWhen(
      'completed',
      name,
      ({ status }) => conditionOf(status, 'Completed')?.status === 'True',
      timeoutMs,
    );
  }
}

export function conditionOf(
  status:
    | {
        readonly conditions?:
          | readonly {
              readonly type: string;
              readonly status: string;
              readonly reason: string;
              readonly message: string;
            }[]
          | undefined;
      }
    | undefined,
  type: string,
) {
  return status?.conditions?.find((condition) => condition.type === type);
}
