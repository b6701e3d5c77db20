import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import type { PassResult } from '../engine/controller.ts';
import type { QueueObserver } from '../engine/work-queue.ts';

/** One value of a gauge, by its labels. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A gauge whose series come and go with the objects they describe. */
export interface GaugeHandle {
  readonly set: (labels: Readonly<Record<string, string>>, value: number) => void;
  /** Removes every series that carries all of `labels`. */
  readonly remove: (labels: Readonly<Record<string, string>>) => void;
  /** Exactly these series exist afterwards. A scrape never sees a state in between. */
  readonly replace: (samples: readonly Sample[]) => void;
}

export interface Metrics {
  /** Makes a gauge, once per name. */
  readonly gauge: (name: string, help: string, labelNames: readonly string[]) => GaugeHandle;
  /** Observers of one controller and its queue. */
  readonly controller: (name: string) => ControllerMetrics;
  /** 1 while this process leads. */
  readonly leader: (leading: boolean) => void;
  /** The page a scrape gets, and its content type. */
  readonly render: () => Promise<{ readonly contentType: string; readonly text: string }>;
}

export interface ControllerMetrics {
  readonly queue: QueueObserver;
  readonly activeWorkers: (workers: number) => void;
  readonly reconciled: (result: PassResult, seconds: number) => void;
}

/** controller-runtime's buckets are finer; these answer the same questions with a third of the series. */
const SECONDS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300];

/** Own registry: prom-client's global one would be shared with whatever else a bundle holds. Names are controller-runtime's. */
export function makeMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });

  const controller = ['controller'] as const;
  const total = new Counter({
    name: 'controller_runtime_reconcile_total',
    help: 'Passes by outcome: success, requeue_after or error.',
    labelNames: ['controller', 'result'],
    registers,
  });
  const errors = new Counter({
    name: 'controller_runtime_reconcile_errors_total',
    help: 'Passes that ended with an error.',
    labelNames: controller,
    registers,
  });
  const time = new Histogram({
    name: 'controller_runtime_reconcile_time_seconds',
    help: 'Duration of a pass.',
    labelNames: controller,
    buckets: SECONDS,
    registers,
  });
  const active = new Gauge({
    name: 'controller_runtime_active_workers',
    help: 'Passes under way.',
    labelNames: controller,
    registers,
  });
  const queueLabels = ['name', 'controller'] as const;
  const depth = new Gauge({
    name: 'workqueue_depth',
    help: 'Keys ready and not yet taken.',
    labelNames: queueLabels,
    registers,
  });
  const adds = new Counter({
    name: 'workqueue_adds_total',
    help: 'Keys that became ready.',
    labelNames: queueLabels,
    registers,
  });
  const retries = new Counter({
    name: 'workqueue_retries_total',
    help: 'Keys added again after an error.',
    labelNames: queueLabels,
    registers,
  });
  const waited = new Histogram({
    name: 'workqueue_queue_duration_seconds',
    help: 'How long a key was ready before it was taken.',
    labelNames: queueLabels,
    buckets: SECONDS,
    registers,
  });
  const leads = new Gauge({
    name: 'leader_election_master_status',
    help: '1 while this process is the leader.',
    registers,
  });

  return {
    gauge: (name, help, labelNames) =>
      handleOf(new Gauge({ name, help, labelNames: [...labelNames], registers }), labelNames),
    controller: (name) => {
      const labels = { name, controller: name };
      // Series that exist from the start: an alert on a rate cannot see the first error of a series that was not there.
      errors.inc({ controller: name }, 0);
      active.set({ controller: name }, 0);
      depth.set(labels, 0);
      adds.inc(labels, 0);
      retries.inc(labels, 0);
      for (const result of ['success', 'requeue_after', 'error']) total.inc({ controller: name, result }, 0);
      return {
        queue: {
          depth: (keys) => depth.set(labels, keys),
          added: () => adds.inc(labels),
          retried: () => retries.inc(labels),
          waited: (seconds) => waited.observe(labels, seconds),
        },
        activeWorkers: (workers) => active.set({ controller: name }, workers),
        reconciled: (result, seconds) => {
          total.inc({ controller: name, result });
          if (result === 'error') errors.inc({ controller: name });
          time.observe({ controller: name }, seconds);
        },
      };
    },
    leader: (leading) => leads.set(leading ? 1 : 0),
    render: async () => ({ contentType: registry.contentType, text: await registry.metrics() }),
  };
}

function handleOf(gauge: Gauge, labelNames: readonly string[]): GaugeHandle {
  const series = new Map<string, Readonly<Record<string, string>>>();
  const idOf = (labels: Readonly<Record<string, string>>): string =>
    JSON.stringify(labelNames.map((name) => labels[name]));
  const set = (labels: Readonly<Record<string, string>>, value: number): void => {
    series.set(idOf(labels), labels);
    // In one order: prom-client prints labels as they were given.
    gauge.set(Object.fromEntries(labelNames.map((name) => [name, labels[name] ?? ''])), value);
  };
  const drop = (id: string, labels: Readonly<Record<string, string>>): void => {
    series.delete(id);
    gauge.remove(labels);
  };
  return {
    set,
    remove: (wanted) => {
      for (const [id, labels] of series) {
        if (Object.entries(wanted).every(([name, value]) => labels[name] === value)) drop(id, labels);
      }
    },
    replace: (samples) => {
      const kept = new Set(samples.map(({ labels }) => idOf(labels)));
      for (const [id, labels] of series) if (!kept.has(id)) drop(id, labels);
      for (const { labels, value } of samples) set(labels, value);
    },
  };
}
