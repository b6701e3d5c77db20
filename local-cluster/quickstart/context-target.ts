import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline/promises';
import { ClusterError } from '../cluster.ts';
import { attempt } from '../process/run-command.ts';
import type { ImageSources } from './arguments.ts';
import { provideImages } from './context-images.ts';
import { createKubectl } from './kubectl.ts';
import { portForward } from './port-forward.ts';
import { EXAMPLE_NAMESPACE, RELEASE, SYSTEM_NAMESPACE, type OpenTarget } from './target.ts';

/** Uses the cluster of a kubectl context, after asking, with the kubectl and helm of this machine. */
export function openContextTarget(options: {
  readonly context: string;
  readonly yes: boolean;
  readonly images: ImageSources;
}): OpenTarget {
  const { context } = options;
  return async (progress) => {
    for (const program of ['kubectl', 'helm']) {
      const { code } = await attempt(program, ['version', '--client'].slice(0, program === 'helm' ? 1 : 2));
      if (code === 127) throw new ClusterError(`${program} is needed for --context and is not on the PATH.`);
    }
    const environment = {};
    const kubectlFlags = ['--context', context];
    const kubectl = createKubectl(environment, kubectlFlags);
    await kubectl.run(['get', '--raw', '/readyz']);
    if (!options.yes) await confirm(context);
    const images = await provideImages(context, options.images, progress);
    const forwards: ChildProcess[] = [];
    return {
      kubectlHint: `kubectl config use-context ${context}`,
      environment,
      kubectlFlags,
      helmFlags: ['--kube-context', context],
      kubectl,
      images,
      forwardsStay: false,
      tearDown: [
        `kubectl --context ${context} -n ${EXAMPLE_NAMESPACE} delete -f examples/twenty-questions/ -f examples/scripted-model/`,
        `helm --kube-context ${context} -n ${SYSTEM_NAMESPACE} uninstall ${RELEASE}`,
        `kubectl --context ${context} delete namespace ${SYSTEM_NAMESPACE}`,
      ],
      // The cluster's default storage class; without one the histories live as long as Temporal's pod.
      preparePersistence: async () => ({ enabled: await hasDefaultStorageClass() }),
      forward: async (namespace, service, port) => {
        const { address, child } = await portForward(
          { flags: kubectlFlags, environment },
          { namespace, service, port },
        );
        forwards.push(child);
        return address;
      },
      // The processes are out of reach. The kubelet grants 2 s also to a forced deletion (minimumGracePeriodInSeconds).
      kill: async ({ namespace, pod }) => {
        await kubectl.run(['delete', 'pod', pod, '--namespace', namespace, '--grace-period=0', '--force']);
        return 'deleted with --grace-period=0 --force (SIGTERM, and SIGKILL 2 s later)';
      },
      allowInternet: () => Promise.resolve(),
      close: () => {
        for (const child of forwards) child.kill();
      },
    };

    async function hasDefaultStorageClass(): Promise<boolean> {
      interface Classes {
        readonly items: readonly {
          readonly metadata: { readonly annotations?: Readonly<Record<string, string>> };
        }[];
      }
      const { items } = await kubectl.json<Classes>(['get', 'storageclasses']);
      return items.some(
        ({ metadata }) => metadata.annotations?.['storageclass.kubernetes.io/is-default-class'] === 'true',
      );
    }
  };
}

async function confirm(context: string): Promise<void> {
  const what = `Install the operator, a Temporal and the example into the cluster of context ${context}?`;
  if (!process.stdin.isTTY) throw new ClusterError(`${what} Say so with --yes.`);
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await terminal.question(`${what} [y/N] `);
  terminal.close();
  if (!/^y(es)?$/i.test(answer.trim())) throw new ClusterError('Nothing was installed.');
}
