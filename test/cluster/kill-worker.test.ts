import { afterAll, beforeAll, expect, test } from 'vitest';
import { killPod } from '../support/containers.ts';
import { eventually } from '../support/eventually.ts';
import { median, prove } from '../support/ledger.ts';
import { agentManifest, chainOfSteps, runManifest, worldTool } from '../support/manifests.ts';
import { Suite } from '../support/suite.ts';
import type { Match } from '../support/world/protocol.ts';

const STEPS = 10;
let suite: Suite;

beforeAll(async () => {
  suite = await Suite.start('kill-worker');
  const { worldURL } = suite.cluster;
  await suite.script({ id: 'kill-worker', turns: chainOfSteps(STEPS, 'work') });
  await suite.script({
    id: 'kill-asker',
    turns: [
      { toolCalls: [{ name: 'ask', arguments: { question: 'Which colour?' } }] },
      { content: 'done $input' },
    ],
  });
  const spec = {
    // As the tool: how long to wait before a retry is the agent's to choose, how soon a death is noticed is ours.
    model: { name: 'scripted', baseURL: `${worldURL}/v1`, retryPolicy: { initialInterval: '200ms' } },
    worker: { replicas: 2, shutdownGracePeriod: '10s' },
  };
  await suite.create(
    agentManifest({
      name: 'chain',
      script: 'kill-worker',
      worldURL,
      spec,
      tools: [worldTool({ name: 'work', script: 'kill-worker', worldURL })],
    }),
  );
  await suite.create(
    agentManifest({
      name: 'asker',
      script: 'kill-asker',
      worldURL,
      spec: { worker: { replicas: 1 } },
      tools: [{ name: 'ask', builtin: { name: 'AskPerson' } }],
    }),
  );
  await bothWorkersReady();
  await suite.agentReady('asker');
});
afterAll(() => suite?.stop());

/** Ends the workers of an agent, or only the one at the address `caller`, and has their pods replaced. */
async function endWorkers(agent: string, end: 'SIGKILL' | 'SIGTERM', caller?: string): Promise<void> {
  const pods = (await suite.kube.pods(suite.namespace, agent)).filter(
    (pod) =>
      pod.metadata.deletionTimestamp === undefined &&
      (caller === undefined || (pod['status'] as { podIP?: string }).podIP === caller),
  );
  if (end === 'SIGKILL') for (const { metadata } of pods) killPod(metadata.uid);
  for (const { metadata } of pods) {
    // A pod that was killed is replaced: its container would wait in crash loop back-off, which is not what is measured.
    await suite.kube.send('DELETE', `/api/v1/namespaces/${suite.namespace}/pods/${metadata.name}`, {
      apiVersion: 'v1',
      kind: 'DeleteOptions',
      ...(end === 'SIGKILL' ? { gracePeriodSeconds: 0 } : {}),
    });
  }
  expect(pods.length).toBeGreaterThan(0);
}

const bothWorkersReady = () =>
  suite.agentWhen('two workers ready', 'chain', ({ status }) => status?.readyReplicas === 2);

interface Round {
  readonly input: string;
  readonly match: Match;
  /** Kill all workers of the agent, not only the one that has the step. */
  readonly everyWorker?: boolean;
}

/** One run per step: the step is held open by the world, its worker killed meanwhile, then the run must finish. */
async function killAtStep(
  round: Round,
  figures: { recoveries: number[]; reruns: number; lost: number; restarts: number },
): Promise<void> {
  const { input, match } = round;
  await suite.world.fault({ match, times: 1, hold: true });
  await suite.create(runManifest({ name: input, agent: 'chain', input }));
  const held = await eventually(
    'the step to be in flight',
    async () => (await suite.world.log(match)).entries[0],
    { timeoutMs: 60_000, intervalMs: 20 },
  );
  const killedAt = Date.now();
  await endWorkers('chain', 'SIGKILL', round.everyWorker === true ? undefined : held.caller);
  const again = await eventually(
    'the step to be taken up again',
    async () => (await suite.world.log(match)).entries.find(({ receivedAt }) => receivedAt > killedAt),
    { timeoutMs: 60_000, intervalMs: 20 },
  );
  figures.recoveries.push(again.receivedAt - killedAt);
  const run = await suite.runCompleted(input);
  if (run.status?.output !== `done ${input}`) figures.lost += 1;
  expect(run.status?.output).toBe(`done ${input}`);

  const { entries, unscripted } = await suite.world.log({ input });
  expect(unscripted).toEqual([]);
  const perStep = Map.groupBy(entries, (entry) =>
    entry.kind === 'model' ? `model ${entry.turn}` : entry.idempotencyKey,
  );
  for (const [step, requests] of perStep) {
    const answered = requests.filter(({ respondedAt }) => respondedAt !== undefined).length;
    const isKilled = requests.length > 1;
    if (isKilled) figures.restarts += 1;
    if (answered > 1) figures.reruns += 1;
    expect({ step, answered, requests: requests.length }).toEqual({
      step,
      answered: 1,
      requests: isKilled ? 2 : 1,
    });
  }
  // Exactly the step in flight began again, no other.
  expect([...perStep.values()].filter((requests) => requests.length > 1)).toHaveLength(1);
  // Every tool call carried its own key, the same on both attempts.
  expect(
    new Set(entries.filter(({ kind }) => kind === 'tool').map(({ idempotencyKey }) => idempotencyKey)).size,
  ).toBe(STEPS);
}

test('kill -9 in every step: nothing lost, no completed step runs again', () =>
  prove(
    {
      id: 'kill-worker',
      promise: 'SIGKILL of the workers in any step loses no run and executes no completed step again.',
      test: 'test/cluster/kill-worker.test.ts',
    },
    async (figures) => {
      const counts = { recoveries: [] as number[], reruns: 0, lost: 0, restarts: 0 };
      const script = 'kill-worker';
      for (let step = 1; step <= STEPS; step += 1) {
        // Odd steps are killed in the model call, even ones in the tool call that follows it.
        const input = `step-${step}`;
        const match: Match = { kind: step % 2 === 1 ? 'model' : 'tool', script, input, turn: step };
        await killAtStep({ input, match }, counts);
        await bothWorkersReady();
      }
      figures['medianRecoverySeconds'] = median(counts.recoveries) / 1_000;
      figures['slowestRecoverySeconds'] = Math.max(...counts.recoveries) / 1_000;
      const medianRecovery = median(counts.recoveries);

      const all = { ...counts, recoveries: [] as number[] };
      const match: Match = { kind: 'tool', script, input: 'every-worker', turn: 5 };
      await killAtStep({ input: 'every-worker', match, everyWorker: true }, all);
      figures['recoverySecondsWhenEveryWorkerIsKilled'] = median(all.recoveries) / 1_000;
      figures['runs'] = STEPS + 1;
      figures['lost'] = all.lost;
      figures['completedStepsRunAgain'] = all.reruns;
      figures['stepsInFlightRestarted'] = all.restarts;
      expect(medianRecovery).toBeLessThanOrEqual(5_000);
    },
  ));

test('SIGTERM in a step: the step in flight is finished, not restarted', () =>
  prove(
    {
      id: 'terminate-worker',
      promise: 'SIGTERM lets a step shorter than the grace period finish: nothing is restarted.',
      test: 'test/cluster/kill-worker.test.ts',
    },
    async (figures) => {
      const rounds: Round[] = [
        {
          input: 'term-model',
          match: { kind: 'model', script: 'kill-worker', input: 'term-model', turn: 4 },
        },
        { input: 'term-tool', match: { kind: 'tool', script: 'kill-worker', input: 'term-tool', turn: 4 } },
      ];
      for (const { input, match } of rounds) {
        await suite.world.fault({ match, times: 1, delayMs: 3_000 });
        await suite.create(runManifest({ name: input, agent: 'chain', input }));
        await eventually(
          'the step to be in flight',
          async () => ((await suite.world.log(match)).entries.length > 0 ? true : undefined),
          { intervalMs: 20 },
        );
        await endWorkers('chain', 'SIGTERM');
        const run = await suite.runCompleted(input);
        expect(run.status?.output).toBe(`done ${input}`);
        const { entries } = await suite.world.log({ input });
        expect(entries).toHaveLength(2 * STEPS + 1);
        expect(entries.every(({ respondedAt }) => respondedAt !== undefined)).toBe(true);
        await bothWorkersReady();
      }
      figures['runs'] = rounds.length;
      figures['stepsRestarted'] = 0;
    },
  ));

test('kill -9 while a person is asked: the question stays, the answer counts', () =>
  prove(
    {
      id: 'kill-worker-question',
      promise: 'A run that waits for a person survives SIGKILL of its worker and takes the answer.',
      test: 'test/cluster/kill-worker.test.ts',
    },
    async (figures) => {
      await suite.create(runManifest({ name: 'question', agent: 'asker', input: 'question' }));
      const waiting = await suite.runWhen(
        'waiting',
        'question',
        ({ status }) => (status?.waiting?.length ?? 0) === 1,
      );
      const [question] = waiting.status?.waiting ?? [];
      expect(question).toMatchObject({ kind: 'Question', tool: 'ask', prompt: 'Which colour?' });
      await endWorkers('asker', 'SIGKILL');
      await suite.kube.patch(
        `/apis/durableagents.dev/v1alpha1/namespaces/${suite.namespace}/agentruns/question`,
        {
          spec: { responses: [{ id: question?.id, answer: 'green' }] },
        },
      );
      const run = await suite.runCompleted('question');
      expect(run.status?.output).toBe('done question');
      const { entries } = await suite.world.log({ script: 'kill-asker' });
      expect(entries.map(({ turn }) => turn)).toEqual([1, 2]);
      figures['modelCalls'] = entries.length;
    },
  ));
