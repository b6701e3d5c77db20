import { afterAll, beforeAll, expect, test } from 'vitest';
import { prove } from '../support/ledger.ts';
import type { Live } from '../support/kube.ts';
import { agentManifest } from '../support/manifests.ts';
import { Suite, SYSTEM_NAMESPACE } from '../support/suite.ts';

let suite: Suite;

beforeAll(async () => {
  suite = await Suite.start('restricted');
  await suite.script({ id: 'restricted', turns: [{ content: 'done' }] });
});
afterAll(() => suite?.stop());

interface PodSpec {
  readonly automountServiceAccountToken?: boolean;
  readonly volumes?: readonly { readonly projected?: { readonly sources: readonly object[] } }[];
  readonly containers: readonly {
    readonly securityContext?: { readonly readOnlyRootFilesystem?: boolean };
    readonly volumeMounts?: readonly { readonly mountPath: string }[];
  }[];
}

test('pods meet the restricted Pod Security Standard and workers hold no API token', () =>
  prove(
    {
      id: 'restricted',
      promise: 'Every pod meets the restricted Pod Security Standard; workers have no Kubernetes API token.',
      test: 'test/cluster/restricted.test.ts',
    },
    async (figures) => {
      await suite.create(
        agentManifest({ name: 'plain', script: 'restricted', worldURL: suite.cluster.worldURL }),
      );
      await suite.agentReady('plain');
      const workers = await suite.kube.pods(suite.namespace, 'plain');
      expect(workers.length).toBeGreaterThan(0);
      const system = await suite.kube.list(`/api/v1/namespaces/${SYSTEM_NAMESPACE}/pods`);

      // The API server's own verdict: the same pods, asked to be created in a namespace that enforces and warns.
      for (const pod of [...workers, ...system]) {
        const answer = await suite.kube.send(
          'POST',
          `/api/v1/namespaces/${suite.namespace}/pods?dryRun=All`,
          probe(pod),
        );
        expect({ pod: pod.metadata.name, status: answer.status, warnings: answer.warnings }).toEqual({
          pod: pod.metadata.name,
          status: 201,
          warnings: [],
        });
      }
      for (const pod of workers) {
        const spec = pod['spec'] as PodSpec;
        expect(spec.automountServiceAccountToken).toBe(false);
        for (const container of spec.containers) {
          expect(container.securityContext?.readOnlyRootFilesystem).toBe(true);
          const mounts = container.volumeMounts?.map(({ mountPath }) => mountPath) ?? [];
          expect(mounts.filter((path) => path.includes('serviceaccount'))).toEqual([]);
        }
        expect(JSON.stringify(spec.volumes)).not.toContain('serviceAccountToken');
      }
      figures['pods'] = workers.length + system.length;
      figures['warnings'] = 0;
    },
  ));

/** The pod as a new one: same spec under another name, without what a server filled in for the old one. */
function probe(pod: Live): object {
  const {
    nodeName: _,
    serviceAccountName: __,
    serviceAccount: ___,
    ...spec
  } = pod['spec'] as Record<string, unknown>;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `probe-${pod.metadata.name}`.slice(0, 63) },
    spec,
  };
}
