import { createHash } from 'node:crypto';
import { versionObjectName, WORKER_PORT, WORKER_PORT_NAME } from '../../../crds/v1alpha1/contract.ts';
import { GROUP } from '../../../crds/v1alpha1/group.ts';
import type { DesiredObject } from './desired-object.ts';
import { environmentOf } from './environment.ts';
import { selectorLabels, versionLabels } from './labels.ts';
import { ownersOf } from './owners.ts';
import { resourcesOf } from './resources.ts';
import { terminationGraceSeconds } from './termination-grace.ts';
import type { VersionInput } from './version-input.ts';
import { volumesOf } from './volumes.ts';

/** User and group of the worker image (Dockerfile). */
const WORKER_USER = 10_001;

/** On pods: hash of the revisions of what they read only at their start. Its change is what rolls them. */
const REVISIONS_ANNOTATION = `${GROUP}/started-with`;

/** The workers of one version. Restricted pod security, no API token: a worker needs Temporal and nothing of Kubernetes. */
export function deployment(input: VersionInput): DesiredObject {
  const { agent, buildID, replicas } = input;
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name: versionObjectName(agent.name, buildID),
      namespace: agent.namespace,
      labels: versionLabels(agent.name, buildID),
      ownerReferences: ownersOf(agent, input.snapshotMap),
    },
    spec: {
      replicas,
      // Rollbacks are versions here; old ReplicaSets are of no use.
      revisionHistoryLimit: 1,
      selector: { matchLabels: selectorLabels(agent.name, buildID) },
      // A worker leaves only when its successor polls: steps in hand are handed over, none waits for capacity.
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
      template: podTemplate(input),
    },
  };
}

function podTemplate(input: VersionInput): Readonly<Record<string, unknown>> {
  const { agent, buildID, worker, revisions } = input;
  const extra = worker.podTemplate ?? {};
  const { volumes } = volumesOf(input);
  const annotations = {
    ...extra.annotations,
    ...(revisions.length === 0 ? {} : { [REVISIONS_ANNOTATION]: shortHash(revisions.join('\n')) }),
  };
  return {
    metadata: {
      // Ours last: a label of the user's must not move a pod to another version.
      labels: { ...extra.labels, ...versionLabels(agent.name, buildID) },
      ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
    },
    spec: {
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      terminationGracePeriodSeconds: terminationGraceSeconds(worker.shutdownGracePeriod),
      securityContext: {
        runAsNonRoot: true,
        runAsUser: WORKER_USER,
        runAsGroup: WORKER_USER,
        fsGroup: WORKER_USER,
        seccompProfile: { type: 'RuntimeDefault' },
      },
      topologySpreadConstraints: ['kubernetes.io/hostname', 'topology.kubernetes.io/zone'].map(
        (topologyKey) => ({
          maxSkew: 1,
          topologyKey,
          whenUnsatisfiable: 'ScheduleAnyway',
          labelSelector: { matchLabels: selectorLabels(agent.name, buildID) },
        }),
      ),
      ...(extra.nodeSelector === undefined ? {} : { nodeSelector: extra.nodeSelector }),
      ...(extra.tolerations === undefined ? {} : { tolerations: extra.tolerations }),
      ...(extra.priorityClassName === undefined ? {} : { priorityClassName: extra.priorityClassName }),
      ...(extra.imagePullSecrets === undefined ? {} : { imagePullSecrets: extra.imagePullSecrets }),
      containers: [container(input)],
      volumes,
    },
  };
}

function container(input: VersionInput): Readonly<Record<string, unknown>> {
  return {
    name: 'worker',
    image: input.snapshot.image,
    // A version names its image for good, so a pull at every start would only add a way to fail.
    imagePullPolicy: 'IfNotPresent',
    env: environmentOf(input),
    resources: resourcesOf(input.worker.resources),
    ports: [{ name: WORKER_PORT_NAME, containerPort: WORKER_PORT, protocol: 'TCP' }],
    // Two minutes to load modules and reach Temporal; then a worker that hangs is restarted after half a minute.
    startupProbe: probe('/healthz', { periodSeconds: 1, failureThreshold: 120, timeoutSeconds: 1 }),
    livenessProbe: probe('/healthz', { periodSeconds: 10, failureThreshold: 3, timeoutSeconds: 5 }),
    readinessProbe: probe('/readyz', { periodSeconds: 2, failureThreshold: 2, timeoutSeconds: 2 }),
    // What a worker has to say of its end it writes there itself. The end of its log would put whatever a module printed
    // into conditions and Events.
    terminationMessagePolicy: 'File',
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
    volumeMounts: volumesOf(input).mounts,
  };
}

function probe(
  path: string,
  timing: {
    readonly periodSeconds: number;
    readonly failureThreshold: number;
    readonly timeoutSeconds: number;
  },
): Readonly<Record<string, unknown>> {
  return { httpGet: { path, port: WORKER_PORT_NAME }, ...timing };
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
