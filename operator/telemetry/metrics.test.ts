import { expect, test } from 'vitest';
import { makeMetrics } from './metrics.ts';

test('a gauge has exactly the series it was given last', async () => {
  const metrics = makeMetrics();
  const gauge = metrics.gauge('durable_agent_open_runs', 'Open runs.', ['namespace', 'agent']);
  const of = (agent: string) => ({ agent, namespace: 'shop' });
  gauge.set(of('gone'), 1);
  gauge.replace([
    { labels: of('a'), value: 2 },
    { labels: { namespace: 'shop', agent: 'b' }, value: 0 },
  ]);
  const lines = async () =>
    (await metrics.render()).text.split('\n').filter((line) => line.startsWith('durable_agent_open_runs{'));
  expect(await lines()).toEqual([
    'durable_agent_open_runs{namespace="shop",agent="a"} 2',
    'durable_agent_open_runs{namespace="shop",agent="b"} 0',
  ]);
  gauge.remove({ agent: 'a' });
  expect(await lines()).toEqual(['durable_agent_open_runs{namespace="shop",agent="b"} 0']);
});

test("a controller's series are there before anything happens, under controller-runtime's names", async () => {
  const metrics = makeMetrics();
  const observer = metrics.controller('durableagent');
  observer.reconciled('error', 0.2);
  const { text } = await metrics.render();
  for (const line of [
    'controller_runtime_reconcile_total{controller="durableagent",result="success"} 0',
    'controller_runtime_reconcile_total{controller="durableagent",result="error"} 1',
    'controller_runtime_reconcile_errors_total{controller="durableagent"} 1',
    'controller_runtime_active_workers{controller="durableagent"} 0',
    'workqueue_depth{name="durableagent",controller="durableagent"} 0',
    'workqueue_adds_total{name="durableagent",controller="durableagent"} 0',
  ]) {
    expect(text).toContain(line);
  }
});
