/** Measures every attempt of every step, so that the activities themselves know nothing of metrics. */
import type { Info } from '@temporalio/activity';
import { CancelledFailure } from '@temporalio/common';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import type { WorkerMetrics } from './metrics.ts';
import { MODEL_ACTIVITY, type ToolCallResult } from './workflows/protocol.ts';

export interface MeasuredStep {
  /** Why the attempt before this one ended. */
  readonly reasonOf: (info: Info) => Promise<string>;
  readonly model: string;
  readonly metrics: WorkerMetrics;
}

export function measureSteps({ reasonOf, model, metrics }: MeasuredStep): ActivityInterceptorsFactory {
  return ({ info }) => {
    // A local activity is part of a workflow task, not a step of the run.
    if (info.isLocal) return {};
    return {
      inbound: {
        async execute(input, next) {
          const isModel = info.activityType === MODEL_ACTIVITY && !isToolCall(input.args[0]);
          const step = isModel ? { kind: 'model', name: model } : { kind: 'tool', name: info.activityType };
          // Asked at once, since Temporal forgets the failure when the step ends, but not waited for: the step goes first.
          const counted =
            info.attempt === 1
              ? undefined
              : reasonOf(info).then((reason) => metrics.retries.inc({ ...step, reason }));
          const stop = metrics.duration.startTimer(step);
          try {
            const result = await next(input);
            stop({ outcome: isModel ? 'success' : (result as ToolCallResult).outcome });
            return result;
          } catch (error) {
            stop({ outcome: error instanceof CancelledFailure ? 'cancelled' : 'failure' });
            throw error;
          } finally {
            await counted;
          }
        },
      },
    };
  };
}

/** A tool may be called like the model's activity; only tool calls carry an idempotency key. */
function isToolCall(input: unknown): boolean {
  return typeof input === 'object' && input !== null && 'idempotencyKey' in input;
}
