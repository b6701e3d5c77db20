import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { chartValues, CHART } from '../support/install-chart.ts';
import { prove } from '../support/ledger.ts';
import { agentManifest, chainOfSteps, runManifest, worldTool } from '../support/manifests.ts';
import { Suite, SYSTEM_NAMESPACE } from '../support/suite.ts';

const run = promisify(execFile);
const SYSTEM = 'helm-system';
let suite: Suite;

beforeAll(async () => {
  suite = await Suite.start('helm-agents');
  await suite.kube.createNamespace(SYSTEM);
});
afterAll(async () => {
  await suite?.scaleOperator(1);
  await suite?.kube.delete(`/api/v1/namespaces/${SYSTEM}`);
  await suite?.stop();
});

const helm = (...args: string[]) =>
  run('helm', args, {
    env: { ...process.env, PATH: suite.cluster.path, KUBECONFIG: suite.cluster.kubeconfig },
    timeout: 240_000,
    maxBuffer: 64 << 20,
  });

test('a second release in namespaced mode is installed, upgraded and uninstalled; its agents go on', () =>
  prove(
    {
      id: 'helm',
      promise: 'The chart installs, upgrades and uninstalls; agents and their runs outlive all three.',
      test: 'test/cluster/helm.test.ts',
    },
    async (figures) => {
      // Two operators that watch one namespace would fight over it; the shared one watches all of them.
      await suite.scaleOperator(0);
      const values = [
        ...chartValues(suite.cluster.images),
        ['--set', 'temporal.embedded.enabled=false'],
        ['--set', `temporal.address=durable-agents-temporal.${SYSTEM_NAMESPACE}.svc:7233`],
        ['--set', 'crds.install=false'],
        ['--set', `watchNamespaces={${suite.namespace}}`],
      ].flat();
      await helm('install', 'second', CHART, '--namespace', SYSTEM, '--wait', '--timeout', '3m', ...values);

      const { worldURL } = suite.cluster;
      await suite.script({ id: 'helm', turns: chainOfSteps(2, 'work') });
      await suite.create(
        agentManifest({
          name: 'chain',
          script: 'helm',
          worldURL,
          tools: [worldTool({ name: 'work', script: 'helm', worldURL })],
        }),
      );
      const before = await suite.agentReady('chain');
      const pods = async () =>
        (await suite.kube.pods(suite.namespace, 'chain')).map(({ metadata }) => metadata.uid);
      const podsBefore = await pods();

      await helm(
        'upgrade',
        'second',
        CHART,
        '--namespace',
        SYSTEM,
        '--wait',
        '--timeout',
        '3m',
        ...values,
        '--set',
        'operator.logLevel=debug',
      );
      await helm('rollback', 'second', '1', '--namespace', SYSTEM, '--wait', '--timeout', '3m');
      const after = await suite.agentReady('chain');
      expect(after.status?.currentVersion).toBe(before.status?.currentVersion);
      expect(await pods()).toEqual(podsBefore);

      await helm('uninstall', 'second', '--namespace', SYSTEM, '--wait', '--timeout', '3m');
      // Agents, their workers and the CRDs are still there. Another operator takes over without touching a pod, and a
      // run still finishes.
      expect(await pods()).toEqual(podsBefore);
      await suite.scaleOperator(1);
      await suite.create(runManifest({ name: 'after', agent: 'chain', input: 'after' }));
      expect((await suite.runCompleted('after')).status?.output).toBe('done after');
      expect(await pods()).toEqual(podsBefore);
      figures['workerPodsRestarted'] = 0;
    },
  ));
