import { ClusterError } from '../cluster.ts';
import type { Kubectl } from './kubectl.ts';

interface Workload {
  readonly spec: { readonly selector: { readonly matchLabels: Readonly<Record<string, string>> } };
}

interface ContainerState {
  readonly restartCount: number;
  readonly ready: boolean;
  readonly state: { readonly waiting?: { readonly reason?: string; readonly message?: string } };
}

interface Pods {
  readonly items: readonly {
    readonly metadata: { readonly name: string; readonly creationTimestamp: string };
    readonly status: { readonly containerStatuses?: readonly ContainerState[] };
  }[];
}

const LIMIT_MS = 300_000;
/** Once is bad luck; so often is a program that cannot start. */
const HOPELESS_RESTARTS = 3;

/** Waits for `deployment/x` or `statefulset/x`; gives up early, with the reason, on pods that will not come up. */
export async function waitForRollout(kubectl: Kubectl, namespace: string, workload: string): Promise<void> {
  const inNamespace = ['--namespace', namespace];
  for (const deadline = Date.now() + LIMIT_MS; ;) {
    const { code, stderr } = await kubectl.try([
      'rollout',
      'status',
      workload,
      ...inNamespace,
      '--timeout',
      '10s',
    ]);
    if (code === 0) return;
    const { spec } = await kubectl.json<Workload>(['get', workload, ...inNamespace]);
    const selector = Object.entries(spec.selector.matchLabels).map(([key, value]) => `${key}=${value}`);
    const { items } = await kubectl.json<Pods>([
      'get',
      'pods',
      ...inNamespace,
      '--selector',
      selector.join(','),
    ]);
    // Older pods may be the broken ones this rollout replaces.
    const pod = items.toSorted((a, b) =>
      b.metadata.creationTimestamp.localeCompare(a.metadata.creationTimestamp),
    )[0];
    const container = pod?.status.containerStatuses?.find(({ ready }) => !ready);
    const waiting = container?.state.waiting;
    const isHopeless =
      (container?.restartCount ?? 0) >= HOPELESS_RESTARTS ||
      /ImagePull|ErrImage|InvalidImage/.test(waiting?.reason ?? '');
    if (!isHopeless && Date.now() < deadline) continue;
    const name = pod?.metadata.name ?? workload;
    const why = waiting === undefined ? stderr.trim() : `${waiting.reason}: ${waiting.message ?? ''}`;
    const { stdout } = await kubectl.try(['logs', name, ...inNamespace, '--tail', '5']);
    throw new ClusterError(
      `${workload} does not become ready. ${why}\n${stdout.slice(-2_000)}\nLook: kubectl -n ${namespace} describe pod ${name}`,
    );
  }
}
