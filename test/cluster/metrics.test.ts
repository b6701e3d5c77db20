import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { prove } from '../support/ledger.ts';
import { agentManifest, runManifest, worldTool } from '../support/manifests.ts';
import { httpGet, parseExposition, sum, type Sample } from '../support/metrics.ts';
import { Suite, SYSTEM_NAMESPACE } from '../support/suite.ts';

let suite: Suite;

beforeAll(async () => {
  suite = await Suite.start('metrics');
});
afterAll(() => suite?.stop());

/** The scrape of every worker pod of an agent, read as Prometheus would: over HTTP, from the pod's own port. */
async function scrapeWorkers(agent: string): Promise<readonly Sample[]> {
  const pods = await suite.kube.pods(suite.namespace, agent);
  const texts = await Promise.all(
    pods.map(async ({ metadata }) => {
      const path = `/api/v1/namespaces/${suite.namespace}/pods/${metadata.name}:9464/proxy/metrics`;
      const answer = await suite.kube.send('GET', path);
      if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${answer.body.slice(0, 200)}`);
      return answer.body;
    }),
  );
  return texts.flatMap(parseExposition);
}

test('retries are counted exactly, by tool and by reason', () =>
  prove(
    {
      id: 'retries-exact',
      promise:
        'durable_agent_activity_retries_total counts exactly the attempts after the first, by step and reason.',
      test: 'test/cluster/metrics.test.ts',
    },
    async (figures) => {
      const { worldURL } = suite.cluster;
      await suite.script({
        id: 'retries',
        turns: [
          {
            toolCalls: [
              { name: 'flaky', arguments: { input: '$input' } },
              { name: 'dropped', arguments: { input: '$input' } },
            ],
          },
          { toolCalls: [{ name: 'steady', arguments: { input: '$input' } }] },
          { content: 'done $input' },
        ],
      });
      const tools = ['flaky', 'dropped', 'steady'].map((name) =>
        worldTool({ name, script: 'retries', worldURL }),
      );
      const model = {
        name: 'scripted',
        baseURL: `${worldURL}/v1`,
        retryPolicy: { maximumAttempts: 20, initialInterval: '200ms', maximumInterval: '1s' },
      };
      await suite.create(
        agentManifest({ name: 'retries', script: 'retries', worldURL, tools, spec: { model } }),
      );
      await suite.agentReady('retries');

      const script = 'retries';
      await suite.world.fault({ match: { kind: 'tool', script, tool: 'flaky' }, times: 5, status: 503 });
      await suite.world.fault({ match: { kind: 'tool', script, tool: 'dropped' }, times: 2, reset: true });
      await suite.world.fault({
        match: { kind: 'model', script, turn: 1 },
        times: 3,
        status: 429,
        headers: { 'retry-after-ms': '100' },
      });
      await suite.world.fault({ match: { kind: 'model', script, turn: 2 }, times: 1, status: 500 });
      await suite.create(runManifest({ name: 'retries', agent: 'retries', input: 'retries' }));
      const run = await suite.runCompleted('retries');
      expect(run.status?.output).toBe('done retries');

      const samples = await scrapeWorkers('retries');
      const name = 'durable_agent_activity_retries_total';
      const counted = {
        flaky: sum(samples, name, { kind: 'tool', name: 'flaky', reason: 'HTTP.503' }),
        dropped: sum(samples, name, { kind: 'tool', name: 'dropped', reason: 'Connection' }),
        steady: sum(samples, name, { name: 'steady' }),
        rateLimited: sum(samples, name, { kind: 'model', reason: 'Model.RateLimited' }),
        serverError: sum(samples, name, { kind: 'model', reason: 'Model.ServerError' }),
        total: sum(samples, name, {}),
      };
      expect(counted).toEqual({ flaky: 5, dropped: 2, steady: 0, rateLimited: 3, serverError: 1, total: 11 });
      Object.assign(figures, counted);
      // The SDK's own metrics are in the same scrape, and no label names a run.
      expect(samples.some((sample) => sample.name.startsWith('temporal_'))).toBe(true);
      expect(
        samples.filter(({ labels }) => Object.values(labels).includes(run.status?.workflowID ?? '')),
      ).toEqual([]);
    },
  ));

const GAUGE = 'durable_agent_pending_activities';

test('pending activities are what Temporal says, through an operator restart', () =>
  prove(
    {
      id: 'pending-exact',
      promise: 'durable_agent_pending_activities says exactly what is scheduled, started and backing off.',
      test: 'test/cluster/metrics.test.ts',
    },
    async (figures) => {
      const { worldURL } = suite.cluster;
      const script = 'pending';
      const names = ['slow', 'failing', 'queued'] as const;
      await suite.script({
        id: script,
        turns: [
          { toolCalls: names.map((name) => ({ name, arguments: { input: '$input' } })) },
          { content: 'done $input' },
        ],
      });
      const tools = [
        worldTool({ name: 'slow', script, worldURL }),
        worldTool({
          name: 'failing',
          script,
          worldURL,
          more: { retryPolicy: { maximumAttempts: 50, initialInterval: '1h' } },
        }),
        // Nobody polls this queue: its step stays scheduled.
        {
          name: 'queued',
          description: 'Waits for a worker.',
          activity: { taskQueue: 'metrics.nobody', type: 'nothing' },
          timeouts: { scheduleToClose: '10m' },
        },
      ];
      await suite.create(agentManifest({ name: 'pending', script, worldURL, tools }));
      await suite.agentReady('pending');
      const slow = { kind: 'tool', script, tool: 'slow' } as const;
      await suite.world.fault({ match: slow, times: 3, hold: true });
      await suite.world.fault({ match: { kind: 'tool', script, tool: 'failing' }, times: 3, status: 503 });
      for (const name of ['p-1', 'p-2', 'p-3'])
        await suite.create(runManifest({ name, agent: 'pending', input: name }));

      const labels = { namespace: suite.namespace, agent: 'pending' };
      const expected = { scheduled: 3, started: 3, backing_off: 3 };
      const read = async () => {
        const samples = parseExposition(
          await httpGet(`http://${suite.cluster.operatorMetricsAddress}/metrics`),
        );
        const states = Object.keys(expected).map((state) => [
          state,
          sum(samples, GAUGE, { ...labels, state }),
        ]);
        return {
          states: Object.fromEntries(states) as unknown,
          ratio: sum(samples, 'durable_agent_pending_activities_sample_ratio', labels),
        };
      };
      const exactly = (what: string, states: object) =>
        eventually(what, async () => {
          const now = await read();
          if (JSON.stringify(now.states) === JSON.stringify(states) && now.ratio === 1) return now;
          throw new Error(JSON.stringify(now));
        });
      await exactly('3 scheduled, 3 started, 3 backing off', expected);

      const operators = await suite.operatorPods();
      for (const { metadata } of operators)
        await suite.kube.delete(`/api/v1/namespaces/${SYSTEM_NAMESPACE}/pods/${metadata.name}`);
      await exactly('the same after an operator restart', expected);

      await suite.world.release(slow);
      await exactly('the slow steps to be gone', { scheduled: 3, started: 0, backing_off: 3 });
      for (const name of ['p-1', 'p-2', 'p-3']) {
        await suite.kube.patch(
          `/apis/durableagents.dev/v1alpha1/namespaces/${suite.namespace}/agentruns/${name}`,
          { spec: { cancel: true } },
        );
      }
      for (const name of ['p-1', 'p-2', 'p-3']) {
        const run = await suite.runCompleted(name);
        expect(run.status?.phase).toBe('Canceled');
      }
      await exactly('nothing pending', { scheduled: 0, started: 0, backing_off: 0 });
      Object.assign(figures, expected);
    },
  ));
