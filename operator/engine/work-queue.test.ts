import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ManualClock, settle } from './manual-clock.ts';
import { WorkQueue } from './work-queue.ts';

const queueWith = (clock: ManualClock) => new WorkQueue({ clock, random: () => 0 });

describe('WorkQueue', () => {
  test('a key waits once, however often it is added', async () => {
    const queue = queueWith(new ManualClock());
    queue.add('a');
    queue.add('a');
    queue.add('b');
    expect([await queue.take(), await queue.take()]).toEqual(['a', 'b']);
  });

  test('a key added while in work is given out again after done, not before', async () => {
    const queue = queueWith(new ManualClock());
    queue.add('a');
    await queue.take();
    queue.add('a');
    let next: string | undefined;
    const taking = queue.take().then((key) => (next = key));
    await settle();
    expect(next).toBeUndefined();
    queue.done('a');
    await taking;
    expect(next).toBe('a');
  });

  test('of two delays the earlier counts, and an add makes both needless', async () => {
    const clock = new ManualClock();
    const queue = queueWith(clock);
    queue.addAfter('a', 1_000);
    queue.addAfter('a', 5_000);
    expect(clock.pending).toBe(1);
    await clock.advance(1_000);
    expect(await queue.take()).toBe('a');
    queue.done('a');
    queue.addAfter('a', 1_000);
    queue.add('a');
    expect(clock.pending).toBe(0);
  });

  test('failures back off from 5 ms, doubling to 60 s, until forget', async () => {
    const clock = new ManualClock();
    const delays: number[] = [];
    const queue = new WorkQueue({
      clock: {
        monotonic: clock.monotonic,
        wall: clock.wall,
        after: (ms, fire) => (delays.push(ms), clock.after(ms, fire)),
      },
      random: () => 0.999_999,
    });
    for (let failure = 0; failure < 16; failure += 1) {
      queue.addRateLimited('a');
      await clock.advance(60_000);
      await queue.take();
      queue.done('a');
    }
    expect(delays.map(Math.round)).toEqual([
      5, 10, 20, 40, 80, 160, 320, 640, 1_280, 2_560, 5_120, 10_240, 20_480, 40_960, 60_000, 60_000,
    ]);
    queue.forget('a');
    queue.addRateLimited('a');
    expect(Math.round(delays.at(-1) ?? 0)).toBe(5);
    queue.addRateLimited('b', 7_000);
    expect(delays.at(-1)).toBe(7_000);
  });

  test('stop wakes every taker and drops what waits', async () => {
    const clock = new ManualClock();
    const queue = queueWith(clock);
    const taking = queue.take();
    queue.addAfter('a', 10);
    queue.stop();
    expect(await taking).toBeUndefined();
    queue.add('b');
    expect(await queue.take()).toBeUndefined();
    expect(clock.pending).toBe(0);
  });

  test('property: nothing is lost, and no key is worked on twice at once', async () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('add' as const), key: fc.constantFrom('a', 'b', 'c') }),
      fc.record({
        do: fc.constant('addAfter' as const),
        key: fc.constantFrom('a', 'b', 'c'),
        ms: fc.nat(200),
      }),
      fc.record({ do: fc.constant('fail' as const), key: fc.constantFrom('a', 'b', 'c') }),
      fc.record({ do: fc.constant('advance' as const), ms: fc.nat(150) }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 40 }),
        fc.integer({ min: 1, max: 3 }),
        fc.nat(60),
        async (steps, workers, passMs) => {
          const clock = new ManualClock();
          const queue = queueWith(clock);
          const inWork = new Set<string>();
          /** Per key: how often asked for work, and the count at the begin of its last pass. */
          const asked = new Map<string, number>();
          const seen = new Map<string, number>();
          let doubled = false;
          const work = async (): Promise<void> => {
            for (;;) {
              const key = await queue.take();
              if (key === undefined) return;
              doubled ||= inWork.has(key);
              inWork.add(key);
              seen.set(key, asked.get(key) ?? 0);
              await new Promise<void>((resolve) => clock.after(passMs, resolve));
              inWork.delete(key);
              queue.done(key);
            }
          };
          const working = Array.from({ length: workers }, work);
          const ask = (key: string): void => void asked.set(key, (asked.get(key) ?? 0) + 1);
          for (const action of steps) {
            if (action.do === 'advance') await clock.advance(action.ms);
            else {
              ask(action.key);
              if (action.do === 'add') queue.add(action.key);
              else if (action.do === 'addAfter') queue.addAfter(action.key, action.ms);
              else queue.addRateLimited(action.key);
            }
          }
          await clock.advance(600_000);
          queue.stop();
          await Promise.all(working);
          // Every request was followed by a pass that began after it.
          expect(Object.fromEntries(seen)).toEqual(Object.fromEntries(asked));
          expect(doubled).toBe(false);
        },
      ),
      { numRuns: 60 },
    );
  });
});
