import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { prove } from '../support/ledger.ts';
import { agentManifest, chainOfSteps, runManifest, worldTool } from '../support/manifests.ts';
import { collection } from '../support/kube.ts';
import { Suite } from '../support/suite.ts';

const RUNS = 20;
const STEPS = 6;
let suite: Suite;

beforeAll(async () => {
  suite = await Suite.start('edit-spec');
  for (const id of ['edit-old', 'edit-new']) await suite.script({ id, turns: chainOfSteps(STEPS, 'work') });
});
afterAll(() => suite?.stop());

const manifest = (script: string) =>
  agentManifest({
    name: 'chain',
    script,
    worldURL: suite.cluster.worldURL,
    tools: [worldTool({ name: 'work', script: 'edit', worldURL: suite.cluster.worldURL })],
  });

test('an edit with 20 runs in flight: each finishes on the version it began, new runs use the new one', () =>
  prove(
    {
      id: 'edit-spec',
      promise: 'A changed spec reaches new runs only; runs in flight finish on the version they began with.',
      test: 'test/cluster/edit-spec.test.ts',
    },
    async (figures) => {
      await suite.create(manifest('edit-old'));
      const before = await suite.agentReady('chain');
      const oldVersion = before.status?.currentVersion;

      // Every run is held in its third model call while the spec changes under it.
      await suite.world.fault({
        match: { kind: 'model', script: 'edit-old', turn: 3 },
        times: RUNS,
        hold: true,
      });
      const names = Array.from({ length: RUNS }, (_, index) => `old-${index + 1}`);
      for (const name of names) await suite.create(runManifest({ name, agent: 'chain', input: name }));
      await eventually('all runs to be in flight', async () => {
        const { entries } = await suite.world.log({ kind: 'model', script: 'edit-old', turn: 3 });
        return entries.length >= RUNS ? true : undefined;
      });

      await suite.kube.patch(`${collection(suite.namespace, 'durableagents')}/chain`, manifest('edit-new'));
      const after = await suite.agentReady('chain');
      const newVersion = after.status?.currentVersion;
      expect(newVersion).not.toBe(oldVersion);
      await suite.create(runManifest({ name: 'new', agent: 'chain', input: 'new' }));
      const fresh = await suite.runCompleted('new');
      expect(fresh.status).toMatchObject({ output: 'done new', version: newVersion });

      const draining = await suite.agentWhen('old version draining', 'chain', ({ status }) =>
        (status?.versions ?? []).some(({ buildID, replicas }) => buildID === oldVersion && replicas >= 1),
      );
      expect(new Set(draining.status?.versions?.map(({ buildID }) => buildID))).toEqual(
        new Set([oldVersion, newVersion]),
      );

      await suite.world.release({ kind: 'model', script: 'edit-old', turn: 3 });
      let finished = 0;
      for (const name of names) {
        const run = await suite.runCompleted(name);
        expect(run.status).toMatchObject({ output: `done ${name}`, version: oldVersion });
        finished += 1;
      }
      // The prompt the model saw says which spec was at work: no run mixed two.
      const { entries, unscripted } = await suite.world.log({ kind: 'model' });
      const scripts = Map.groupBy(
        entries.filter(({ script }) => script.startsWith('edit-')),
        ({ input }) => input,
      );
      for (const [input, calls] of scripts) {
        expect(new Set(calls.map(({ script }) => script))).toEqual(
          new Set([input === 'new' ? 'edit-new' : 'edit-old']),
        );
        expect(calls).toHaveLength(STEPS + 1);
      }
      expect(unscripted).toEqual([]);

      // Its last run is over: the old version goes, on both sides, and nothing else does.
      const gone = await suite.agentWhen(
        'old version removed',
        'chain',
        ({ status }) => status?.versions?.length === 1,
        180_000,
      );
      expect(gone.status?.versions?.[0]).toMatchObject({ buildID: newVersion, state: 'Current' });
      const snapshots = await suite.kube.list(
        `/api/v1/namespaces/${suite.namespace}/configmaps?labelSelector=${encodeURIComponent('durableagents.dev/agent=chain')}`,
      );
      expect(snapshots.map(({ metadata }) => metadata.labels?.['durableagents.dev/build-id'])).toEqual([
        newVersion,
      ]);
      figures['runsInFlight'] = RUNS;
      figures['finishedOnTheirVersion'] = finished;
      figures['lost'] = RUNS - finished;
    },
  ));

test('replicas and labels roll in place; the version stays', async () => {
  const before = await suite.agentReady('chain');
  const path = `${collection(suite.namespace, 'durableagents')}/chain`;
  await suite.kube.patch(path, {
    spec: { worker: { replicas: 2, podTemplate: { labels: { team: 'blue' } } } },
  });
  const after = await suite.agentWhen('two workers', 'chain', ({ status }) => status?.readyReplicas === 2);
  expect(after.status?.currentVersion).toBe(before.status?.currentVersion);
  await eventually('the label on every pod', async () => {
    const pods = await suite.kube.pods(suite.namespace, 'chain');
    const live = pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    return live.length === 2 && live.every(({ metadata }) => metadata.labels?.['team'] === 'blue')
      ? true
      : undefined;
  });
});

test('reverting the spec brings the old version back under its old name', async () => {
  const path = `${collection(suite.namespace, 'durableagents')}/chain`;
  const before = await suite.agentReady('chain');
  await suite.kube.patch(path, { spec: { limits: { maxTurns: 7 } } });
  const changed = await suite.agentWhen(
    'another version',
    'chain',
    ({ status }) => status?.currentVersion !== before.status?.currentVersion,
  );
  expect(changed.status?.currentVersion).toBeDefined();
  await suite.kube.patch(path, { spec: { limits: null } });
  await suite.agentWhen(
    'the first version again',
    'chain',
    ({ status }) => status?.currentVersion === before.status?.currentVersion,
  );
});

test('deleting an agent waits for its runs', async () => {
  await suite.script({ id: 'edit-delete', turns: chainOfSteps(2, 'work') });
  const { worldURL } = suite.cluster;
  await suite.create(
    agentManifest({
      name: 'leaving',
      script: 'edit-delete',
      worldURL,
      tools: [worldTool({ name: 'work', script: 'edit', worldURL })],
    }),
  );
  await suite.agentReady('leaving');
  const match = { kind: 'model', script: 'edit-delete', turn: 2 } as const;
  await suite.world.fault({ match, times: 1, hold: true });
  await suite.create(runManifest({ name: 'last', agent: 'leaving', input: 'last' }));
  await eventually('the run to be in flight', async () =>
    (await suite.world.log(match)).entries.length > 0 ? true : undefined,
  );
  await suite.kube.delete(`${collection(suite.namespace, 'durableagents')}/leaving`);
  await suite.agentWhen('draining for deletion', 'leaving', ({ status }) =>
    (status?.conditions ?? []).some(({ reason }) => reason === 'DrainingForDeletion'),
  );
  await suite.create(runManifest({ name: 'late', agent: 'leaving', input: 'late' }));
  await suite.runWhen('refused', 'late', ({ status }) =>
    (status?.conditions ?? []).some(({ reason }) => reason === 'AgentDeleting'),
  );
  await suite.world.release(match);
  const run = await suite.runCompleted('last');
  expect(run.status?.output).toBe('done last');
  await eventually(
    'the agent to be gone',
    async () => ((await suite.kube.agent(suite.namespace, 'leaving')) === undefined ? true : undefined),
    {
      timeoutMs: 120_000,
    },
  );
  await eventually('its pods to be gone', async () =>
    (await suite.kube.pods(suite.namespace, 'leaving')).length === 0 ? true : undefined,
  );
});
