import { GROUP } from '../../crds/v1alpha1/group.ts';
import { ClusterError } from '../cluster.ts';
import { AGENT } from './example.ts';
import { EXAMPLE_NAMESPACE, type Target } from './target.ts';

interface Pods {
  readonly items: readonly {
    readonly metadata: { readonly name: string };
    readonly status: { readonly containerStatuses?: readonly { readonly containerID?: string }[] };
  }[];
}

/** Kills the worker pod that has the step; `identity` is the worker's name in Temporal, which contains its pod's. */
export async function killWorker(
  target: Target,
  identity: string,
): Promise<{ readonly pod: string; readonly how: string }> {
  const selector = `${GROUP}/agent=${AGENT}`;
  const { items } = await target.kubectl.json<Pods>([
    'get',
    'pods',
    '--namespace',
    EXAMPLE_NAMESPACE,
    '--selector',
    selector,
  ]);
  const pod = items.find(({ metadata }) => identity.includes(metadata.name));
  const containerID = pod?.status.containerStatuses?.[0]?.containerID;
  if (pod === undefined || containerID === undefined) {
    throw new ClusterError(`No pod of agent ${AGENT} belongs to the worker ${identity}.`);
  }
  const { name } = pod.metadata;
  return { pod: name, how: await target.kill({ namespace: EXAMPLE_NAMESPACE, pod: name, containerID }) };
}
