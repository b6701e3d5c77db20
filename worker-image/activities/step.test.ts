import { setTimeout as sleep } from 'node:timers/promises';
import { CancelledFailure } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import { runAttempt } from './step.ts';
import { testStep } from './testing/step.ts';

const forever = (): Promise<never> => new Promise(() => undefined);

describe('runAttempt', () => {
  it('heartbeats before the work begins and at a quarter of the timeout', async () => {
    const step = testStep({ heartbeatTimeoutMs: 80 });
    let atStart = 0;
    await runAttempt(step, 'Timeout', async () => {
      atStart = step.heartbeats.length;
      await sleep(110);
    });
    expect(atStart).toBe(1);
    expect(step.heartbeats.length).toBeGreaterThanOrEqual(4);
    const after = step.heartbeats.length;
    await sleep(60);
    expect(step.heartbeats).toHaveLength(after);
  });

  it('does not heartbeat without a heartbeat timeout', async () => {
    const step = testStep({ heartbeatTimeoutMs: 0 });
    await runAttempt(step, 'Timeout', () => sleep(20));
    expect(step.heartbeats).toEqual([]);
  });

  it('repeats the details of the work in later heartbeats', async () => {
    const step = testStep({ heartbeatTimeoutMs: 40 });
    await runAttempt(step, 'Timeout', async (attempt) => {
      attempt.heartbeat({ page: 3 });
      await sleep(40);
    });
    expect(step.heartbeats.at(-1)).toEqual({ page: 3 });
  });

  it('ends below startToClose with a failure of the given type, also when the work does not listen', async () => {
    const step = testStep({ startToCloseTimeoutMs: 60, activityType: 'slow' });
    await expect(runAttempt(step, 'Model.Timeout', forever)).rejects.toMatchObject({
      type: 'Model.Timeout',
      nonRetryable: false,
      message: 'slow did not finish within 57 ms.',
    });
  });

  it('takes a timeout of more than 24 days for none', async () => {
    const step = testStep({ startToCloseTimeoutMs: 2 ** 31 });
    await expect(runAttempt(step, 'Timeout', () => sleep(20, 'done'))).resolves.toBe('done');
  });

  it('confirms a cancellation at once', async () => {
    const step = testStep();
    const running = runAttempt(step, 'Timeout', forever);
    step.cancel('cancelRequested');
    await expect(running).rejects.toBeInstanceOf(CancelledFailure);
  });

  it('turns the end of a grace period into a failure that is retried elsewhere', async () => {
    const step = testStep();
    const running = runAttempt(step, 'Timeout', forever);
    step.cancel('workerShutdown');
    await expect(running).rejects.toMatchObject({
      type: 'WorkerShutdown',
      nonRetryable: false,
      nextRetryDelay: 100,
    });
  });

  it('passes on what the work throws', async () => {
    await expect(runAttempt(testStep(), 'Timeout', () => Promise.reject(new Error('x')))).rejects.toThrow(
      'x',
    );
  });
});
