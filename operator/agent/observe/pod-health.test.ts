import { describe, expect, it } from 'vitest';
import type { PodObject } from '../live-objects.ts';
import { bounded, workerHealth } from './pod-health.ts';

function pod(status: PodObject['status'], deletionTimestamp?: string): PodObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }) },
    ...(status === undefined ? {} : { status }),
  };
}

const READY = pod({ phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] });
const worker = (fields: object): PodObject =>
  pod({ phase: 'Running', containerStatuses: [{ name: 'worker', ...fields }] });

describe('workerHealth', () => {
  it('counts pods that stay, pods that are ready, and pods that are still there', () => {
    const pods = [
      READY,
      pod(undefined),
      pod({ phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] }, 'now'),
      pod({ phase: 'Failed' }),
    ];
    expect(workerHealth(pods)).toEqual({ running: 2, ready: 1, pods: 3, problem: undefined });
  });

  it.each<readonly [string, PodObject, string, string]>([
    [
      'an image that cannot be pulled',
      worker({ state: { waiting: { reason: 'ImagePullBackOff', message: 'not found' } } }),
      'ImagePullFailed',
      'pod p: not found',
    ],
    [
      'a worker that says why it stopped',
      worker({
        state: { waiting: { reason: 'CrashLoopBackOff' } },
        lastState: { terminated: { exitCode: 2, reason: 'Error', message: 'bad module\n' } },
      }),
      'WorkerFailed',
      'pod p: exit code 2 (Error): bad module',
    ],
    [
      'a worker that was killed',
      worker({ state: { running: {} }, lastState: { terminated: { exitCode: 137, reason: 'OOMKilled' } } }),
      'WorkerFailed',
      'pod p: exit code 137 (OOMKilled): killed by SIGKILL',
    ],
    [
      'a container that cannot be made',
      worker({ state: { waiting: { reason: 'CreateContainerConfigError', message: 'no key' } } }),
      'WorkerFailed',
      'pod p: no key',
    ],
    [
      'a pod no node takes',
      pod({
        phase: 'Pending',
        conditions: [{ type: 'PodScheduled', status: 'False', message: '0/1 nodes are available' }],
      }),
      'WorkersStarting',
      'pod p: 0/1 nodes are available',
    ],
  ])('tells of %s', (_, unready, reason, message) => {
    expect(workerHealth([unready]).problem).toEqual({ reason, message });
  });

  it('says nothing of a worker that is ready again, or was asked to stop', () => {
    const recovered = pod({
      phase: 'Running',
      conditions: [{ type: 'Ready', status: 'True' }],
      containerStatuses: [{ name: 'worker', lastState: { terminated: { exitCode: 1 } } }],
    });
    const stopped = worker({ lastState: { terminated: { exitCode: 0 } } });
    expect(workerHealth([recovered, stopped]).problem).toBeUndefined();
  });

  it('tells the most serious thing first', () => {
    const waiting = worker({ state: { waiting: { reason: 'ErrImagePull' } } });
    const failed = worker({ lastState: { terminated: { exitCode: 1 } } });
    expect(workerHealth([failed, waiting]).problem?.reason).toBe('ImagePullFailed');
  });
});

describe('bounded', () => {
  it('keeps what fits, without control characters', () => {
    expect(bounded('a\u001b[31mb\nc')).toBe('a [31mb\nc');
  });

  it('cuts between characters', () => {
    const cut = bounded('é'.repeat(1_000));
    expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(1_024);
    expect(cut).toMatch(/^é+…$/);
  });
});
