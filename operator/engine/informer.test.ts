import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RetryableError } from '../errors.ts';
import { KubeError, type KubeObject, type WatchEvent } from '../kube/port.ts';
import { PODS } from '../kube/resource-types.ts';
import { Informer, type InformerOptions } from './informer.ts';
import { ManualClock, settle } from './manual-clock.ts';

type Stream = readonly (WatchEvent<KubeObject> | Error)[];

const pod = (name: string, version: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { namespace: 'shop', name, resourceVersion: version },
});

/** Answers list after list, watch after watch; when the watches run out, the last one stays open. */
function scripted(lists: readonly (readonly KubeObject[])[], watches: readonly Stream[]) {
  let listed = 0;
  let watched = 0;
  const kube = {
    list: async () => ({
      items: lists[Math.min(listed++, lists.length - 1)] ?? [],
      resourceVersion: String(listed),
    }),
    watch: async function* (_type: unknown, options: { readonly signal: AbortSignal }) {
      const stream = watches[watched++];
      for (const event of stream ?? []) {
        if (event instanceof Error) throw event;
        yield event;
      }
      if (stream === undefined)
        await new Promise<void>((resolve) => options.signal.addEventListener('abort', () => resolve()));
    },
  };
  return { kube: kube as InformerOptions<KubeObject>['kube'], lists: () => listed };
}

async function watching(lists: readonly (readonly KubeObject[])[], watches: readonly Stream[]) {
  const clock = new ManualClock();
  const server = scripted(lists, watches);
  const changes: string[] = [];
  const troubles: number[] = [];
  const informer = new Informer<KubeObject>({
    kube: server.kube,
    type: PODS,
    clock,
    random: () => 0,
    onTrouble: (_error, retryInMs) => troubles.push(retryInMs),
  });
  informer.onChange((key, before, after) =>
    changes.push(
      `${key.name}:${before?.metadata.resourceVersion ?? '-'}>${after?.metadata.resourceVersion ?? '-'}`,
    ),
  );
  const stop = new AbortController();
  const running = informer.run(stop.signal);
  await settle();
  return { informer, clock, changes, troubles, server, stop: async () => (stop.abort(), running) };
}

describe('Informer', () => {
  test('lists, then follows the watch; bookmarks and repetitions change nothing', async () => {
    const world = await watching(
      [[pod('a', '1')]],
      [
        [
          { type: 'ADDED', object: pod('a', '1') },
          { type: 'MODIFIED', object: pod('a', '2') },
          { type: 'BOOKMARK', resourceVersion: '3' },
          { type: 'ADDED', object: pod('b', '4') },
          { type: 'DELETED', object: pod('a', '5') },
        ],
        [],
      ],
    );
    expect(world.informer.hasSynced).toBe(true);
    expect(world.changes.slice(0, 4)).toEqual(['a:->1', 'a:1>2', 'b:->4', 'a:2>-']);
    await world.stop();
  });

  test('lists again after any error, and makes up for the deletions nobody saw', async () => {
    const world = await watching(
      [[pod('a', '1'), pod('b', '1')], [pod('b', '2')]],
      [[new RetryableError('the stream broke')]],
    );
    await world.clock.advance(20_000);
    expect(world.changes).toEqual(['a:->1', 'b:->1', 'a:1>-', 'b:1>2']);
    expect(world.troubles).toEqual([75]);
    expect(world.informer.store.list().map((object) => object.metadata.name)).toEqual(['b']);
    await world.stop();
  });

  test('410 lists again at once; a server that always says 410 is not stormed', async () => {
    const expired = new KubeError('Expired', 'too old');
    const world = await watching([[]], [[expired], [expired], [expired]]);
    await world.clock.advance(20_000);
    expect(world.troubles).toEqual([0, 150, 300]);
    await world.stop();
  });

  test('streams that end politely but at once back off too', async () => {
    const world = await watching(
      [[]],
      Array.from({ length: 50 }, () => []),
    );
    await world.clock.advance(10_000);
    expect(world.server.lists()).toBeLessThan(10);
    await world.stop();
  });

  test('drops managedFields', async () => {
    const heavy = { ...pod('a', '1'), metadata: { ...pod('a', '1').metadata, managedFields: [{}] } };
    const world = await watching([[heavy]], []);
    expect(world.informer.store.get({ namespace: 'shop', name: 'a' })).toEqual(pod('a', '1'));
    await world.stop();
  });

  test('property: whatever was missed, the store ends as the last list says and every step was told once', async () => {
    const state = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), fc.constantFrom('1', '2', '3'));
    await fc.assert(
      fc.asyncProperty(fc.array(state, { minLength: 1, maxLength: 6 }), async (states) => {
        const lists = states.map((entry) =>
          Object.entries(entry).map(([name, version]) => pod(name, version)),
        );
        const world = await watching(
          lists,
          states.slice(1).map(() => [new RetryableError('broken')]),
        );
        await world.clock.advance(100_000);
        const told = new Map<string, string>();
        for (const change of world.changes) {
          const [name = '', before, after = ''] = change.split(/[:>]/);
          expect(told.get(name) ?? '-').toBe(before);
          told.set(name, after);
        }
        const expected = Object.entries(states.at(-1) ?? {}).toSorted(([a], [b]) => (a < b ? -1 : 1));
        expect(
          world.informer.store.list().map(({ metadata }) => [metadata.name, metadata.resourceVersion]),
        ).toEqual(expected);
        await world.stop();
      }),
      { numRuns: 40 },
    );
  });
});
