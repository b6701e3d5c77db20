import { describe, expect, test } from 'vitest';
import { ManualClock } from '../engine/manual-clock.ts';
import type { KubeObject } from '../kube/port.ts';
import { makeEmit } from './events.ts';

interface Written extends KubeObject {
  readonly note: string;
  readonly series?: { readonly count: number };
}

const agent: KubeObject = {
  apiVersion: 'durableagents.dev/v1alpha1',
  kind: 'DurableAgent',
  metadata: { namespace: 'shop', name: 'helper', uid: 'u1' },
};
const note = { type: 'Warning', reason: 'ConfigMapNotFound', message: 'no such thing' } as const;

function recorder(apply?: () => Promise<never>) {
  const clock = new ManualClock();
  const written: Written[] = [];
  const troubles: unknown[] = [];
  const emit = makeEmit({
    kube: {
      apply: apply ?? (async (_type, event) => (written.push(event as unknown as Written), event as never)),
    },
    instance: 'operator-0',
    clock,
    onTrouble: (error) => troubles.push(error),
  });
  return { clock, written, troubles, emit };
}

describe('emit', () => {
  test('a note that repeats is one Event with a count, written at most once a minute', async () => {
    const { clock, written, emit } = recorder();
    for (let second = 0; second < 150; second += 1) {
      emit(agent, note);
      await clock.advance(1_000);
    }
    expect(written.map(({ series }) => series?.count ?? 1)).toEqual([1, 61, 121]);
    expect(new Set(written.map(({ metadata }) => metadata.name)).size).toBe(1);
  });

  test('after a pause it is a new Event', async () => {
    const { clock, written, emit } = recorder();
    emit(agent, note);
    await clock.advance(7 * 60_000);
    emit(agent, note);
    expect(new Set(written.map(({ metadata }) => metadata.name)).size).toBe(2);
  });

  test('one object cannot flood: 25 at once, then one a minute; others are not held back', async () => {
    const { clock, written, emit } = recorder();
    for (let index = 0; index < 100; index += 1) emit(agent, { ...note, message: `problem ${index}` });
    expect(written).toHaveLength(25);
    emit({ ...agent, metadata: { ...agent.metadata, name: 'other', uid: 'u2' } }, note);
    expect(written).toHaveLength(26);
    await clock.advance(60_000);
    emit(agent, { ...note, message: 'one more' });
    expect(written).toHaveLength(27);
  });

  test('long notes are cut to what the API server takes, at a character', () => {
    const { written, emit } = recorder();
    emit(agent, { ...note, message: 'ü'.repeat(2_000) });
    expect(Buffer.byteLength(written[0]?.note ?? '')).toBeLessThanOrEqual(1_024);
  });

  test('never throws: a refused Event is somebody else’s trouble', async () => {
    const { emit, troubles } = recorder(() => Promise.reject(new Error('forbidden')));
    emit(agent, note);
    await Promise.resolve();
    await Promise.resolve();
    expect(troubles).toHaveLength(1);
  });
});
