import { chownSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  allowHost,
  binaryPath,
  clusterEnvironment,
  ClusterError,
  forwardToHost,
  upCluster,
} from '../cluster.ts';
import { clusterPaths } from '../paths.ts';
import { containerProcesses } from './container-processes.ts';
import { createKubectl } from './kubectl.ts';
import { SYSTEM_NAMESPACE, type OpenTarget } from './target.ts';

const VOLUME = 'durable-agents-temporal';
/** User of the embedded Temporal (charts/durable-agents). */
const TEMPORAL_USER = 10_001;

/** Brings the local cluster up, with the images of this checkout. */
export function openLocalTarget(name: string): OpenTarget {
  return async (progress) => {
    const { images } = await upCluster({ name, log: (text) => progress.line(text) });
    if (images?.operator === undefined || images.worker === undefined) {
      throw new ClusterError('The operator and worker images were not built. See above.');
    }
    const environment = clusterEnvironment(name);
    const kubectl = createKubectl(environment, []);
    return {
      kubectlHint: `export KUBECONFIG=${environment['KUBECONFIG'] ?? ''} PATH=${dirname(binaryPath('kubernetes', 'kubectl'))}:$PATH`,
      environment,
      kubectlFlags: [],
      helmFlags: [],
      kubectl,
      images: { operator: images.operator, worker: images.worker, temporal: images.temporal },
      forwardsStay: true,
      tearDown: [`npm run cluster -- down${name === clusterPaths().name ? '' : ` --name ${name}`}`],
      preparePersistence: async () => {
        const paths = clusterPaths(name);
        // In the cluster's own /var/lib, so that `down` takes it along.
        const folder = 'durable-agents-volumes/temporal';
        mkdirSync(join(paths.system.varLib, folder), { recursive: true });
        chownSync(join(paths.system.varLib, folder), TEMPORAL_USER, TEMPORAL_USER);
        await kubectl.apply(SYSTEM_NAMESPACE, temporalVolume(`/var/lib/${folder}`, paths.id));
        return { enabled: true, existingClaim: VOLUME };
      },
      forward: async (namespace, service, port) => {
        const args = ['get', 'service', service, '--namespace', namespace];
        const { spec } = await kubectl.json<{ readonly spec: { readonly clusterIP: string } }>(args);
        return (await forwardToHost({ name, target: `${spec.clusterIP}:${port}` })).address;
      },
      kill: ({ containerID, pod }) => {
        const processes = containerProcesses(containerID);
        for (const pid of processes) process.kill(pid, 'SIGKILL');
        if (processes.length === 0)
          throw new ClusterError(`No process of ${pod} to kill: it ended by itself.`);
        return Promise.resolve(`SIGKILL to process ${processes.join(', ')}`);
      },
      allowInternet: (endpoint) => allowHost(name, endpoint),
      close: () => {},
    };
  };
}

/** There is no storage provisioner: one volume and the claim that is bound to it, for the one pod that needs it. */
function temporalVolume(path: string, node: string): readonly unknown[] {
  const common = { accessModes: ['ReadWriteOnce'], storageClassName: '' };
  const hostname = { key: 'kubernetes.io/hostname', operator: 'In', values: [node] };
  return [
    {
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name: VOLUME },
      spec: {
        ...common,
        capacity: { storage: '10Gi' },
        persistentVolumeReclaimPolicy: 'Retain',
        // Not hostPath: the kubelet gives this kind to the pod's group.
        local: { path },
        nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [hostname] }] } },
        claimRef: { namespace: SYSTEM_NAMESPACE, name: VOLUME },
      },
    },
    {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: VOLUME },
      spec: { ...common, volumeName: VOLUME, resources: { requests: { storage: '10Gi' } } },
    },
  ];
}
