import type { InjectedSinks } from '@temporalio/worker';
import type { ActivityDependencies } from './activities/activities.ts';
import type { WorkerMetrics } from './metrics.ts';
import type { RunSinks } from './workflows/run-sinks.ts';

/** Counts what runs tell. Not during replay: a run that moves to another worker is not counted twice. */
export function runSinks(metrics: WorkerMetrics): InjectedSinks<RunSinks> {
  return {
    run: {
      ended: { fn: (_run, outcome) => metrics.runs.inc({ outcome }), callDuringReplay: false },
      toolCalled: {
        fn: (_run, name, outcome) => metrics.toolCalls.inc({ name, outcome }),
        callDuringReplay: false,
      },
      waited: {
        fn: (_run, name, seconds) => metrics.waiting.observe({ name }, seconds),
        callDuringReplay: false,
      },
    },
  };
}

/** Counts what activities tell. */
export function activityMetrics(metrics: WorkerMetrics): ActivityDependencies['metrics'] {
  return {
    modelRequest: (model, outcome) => metrics.modelRequests.inc({ model, outcome }),
    tokens: (direction, count) => metrics.tokens.inc({ direction }, count),
  };
}
