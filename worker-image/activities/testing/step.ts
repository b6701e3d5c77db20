import { ActivityCancellationDetails, CancelledFailure } from '@temporalio/common';
import type { Step } from '../step.ts';

export interface TestStep extends Step {
  readonly heartbeats: unknown[];
  /** As the SDK does it: the details first, then the signal. */
  cancel(why: 'cancelRequested' | 'workerShutdown'): void;
}

/** A step outside any worker. Timeouts in milliseconds; 0 is none. */
export function testStep(info: Partial<Step['info']> = {}): TestStep {
  const controller = new AbortController();
  const heartbeats: unknown[] = [];
  let details: ActivityCancellationDetails | undefined;
  const silent = (): void => undefined;
  return {
    info: {
      activityType: 'tool',
      attempt: 1,
      startToCloseTimeoutMs: 10_000,
      heartbeatTimeoutMs: 0,
      workflowExecution: { workflowId: 'shop/run/1', runId: 'run-1' },
      ...info,
    },
    cancellationSignal: controller.signal,
    get cancellationDetails() {
      return details;
    },
    heartbeat: (value) => void heartbeats.push(value),
    heartbeats,
    log: { log: silent, trace: silent, debug: silent, info: silent, warn: silent, error: silent },
    cancel: (why) => {
      details = new ActivityCancellationDetails({ [why]: true });
      controller.abort(new CancelledFailure(why));
    },
  };
}
