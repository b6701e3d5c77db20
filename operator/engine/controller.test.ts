import { describe, expect, test } from 'vitest';
import { RetryableError, TerminalError } from '../errors.ts';
import { KubeError, type KubeObject, type ObjectKey } from '../kube/port.ts';
import { Controller, sourceOf } from './controller.ts';
import type { OnChange } from './informer.ts';
import { ManualClock, settle } from './manual-clock.ts';
import { ObjectStore } from './object-store.ts';
import type { Outcome } from './reconciler.ts';

const KEY: ObjectKey = { namespace: 'shop', name: 'helper' };

function started(passes: readonly (Outcome | Error)[]) {
  const clock = new ManualClock();
  const began: number[] = [];
  const failed: string[] = [];
  const results: string[] = [];
  const quiet = () => undefined;
  const stop = new AbortController();
  const controller = new Controller({
    name: 'test',
    sources: [],
    reconcile: async () => {
      began.push(clock.monotonic());
      const pass = passes[began.length - 1] ?? { kind: 'done' };
      if (pass instanceof Error) throw pass;
      return pass;
    },
    concurrency: 2,
    clock,
    random: () => 0,
    observer: {
      queue: { depth: quiet, added: quiet, retried: quiet, waited: quiet },
      activeWorkers: quiet,
      reconciled: (result) => results.push(result),
      failed: (_key, _error, kind) => failed.push(kind),
    },
  });
  const running = controller.run(stop.signal);
  return { controller, clock, began, failed, results, running };
}

describe('Controller', () => {
  test.each<[string, readonly (Outcome | Error)[], readonly number[], readonly string[]]>([
    ['done: once', [{ kind: 'done' }], [0], []],
    ['requeueAfter: again after that time', [{ kind: 'requeueAfter', milliseconds: 3_000 }], [0, 3_000], []],
    [
      'RetryableError: backs off',
      [new RetryableError('x'), new RetryableError('x')],
      [0, 4, 11],
      ['retry', 'retry'],
    ],
    [
      'RetryableError with afterMs: not before',
      [new RetryableError('x', { afterMs: 2_000 })],
      [0, 2_000],
      ['retry'],
    ],
    ['KubeError: backs off', [new KubeError('Conflict', 'x')], [0, 4], ['retry']],
    ['TerminalError: waits for a change', [new TerminalError('x')], [0], ['terminal']],
    ['anything else is a bug, and backs off', [new TypeError('x')], [0, 4], ['bug']],
    [
      'a success resets the backoff',
      [new RetryableError('x'), { kind: 'requeueAfter', milliseconds: 100 }, new RetryableError('x')],
      [0, 4, 104, 108],
      ['retry', 'retry'],
    ],
  ])('%s', async (_name, passes, began, failed) => {
    const world = started(passes);
    world.controller.enqueue(KEY);
    await world.clock.advance(60_000);
    expect(world.began.map(Math.round)).toEqual(began);
    expect(world.failed).toEqual(failed);
    world.controller.stop();
    await world.running;
  });

  test('stop waits for the pass under way', async () => {
    const clock = new ManualClock();
    const quiet = () => undefined;
    let finish: ((outcome: Outcome) => void) | undefined;
    const controller = new Controller({
      name: 'test',
      sources: [],
      reconcile: () => new Promise((resolve) => (finish = resolve)),
      concurrency: 1,
      clock,
      random: () => 0,
      observer: {
        queue: { depth: quiet, added: quiet, retried: quiet, waited: quiet },
        activeWorkers: quiet,
        reconciled: quiet,
        failed: quiet,
      },
    });
    let ended = false;
    const running = controller.run(new AbortController().signal).then(() => (ended = true));
    controller.enqueue(KEY);
    await settle();
    controller.stop();
    await settle();
    expect(ended).toBe(false);
    finish?.({ kind: 'done' });
    await running;
  });
});

test('a source enqueues what is there, and whom a change concerned before and after', () => {
  const child = (owner: string): KubeObject => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace: 'shop', name: 'pod', labels: { owner } },
  });
  const store = new ObjectStore<KubeObject>();
  store.set(child('a'));
  let change: OnChange<KubeObject> = () => undefined;
  const enqueued: string[] = [];
  sourceOf({
    informer: { store, onChange: (handler) => (change = handler) },
    keysFor: ({ metadata }) => [{ namespace: 'shop', name: metadata.labels?.['owner'] ?? '' }],
  })((key) => enqueued.push(key.name));
  change({ namespace: 'shop', name: 'pod' }, child('a'), child('b'));
  change({ namespace: 'shop', name: 'pod' }, child('b'), undefined);
  expect(enqueued).toEqual(['a', 'a', 'b', 'b']);
});
