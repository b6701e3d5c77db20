import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  behaviourOf,
  buildIDOf,
  canonicalJSON,
  parseSnapshot,
  SNAPSHOT_EPOCH,
  type Snapshot,
} from './snapshot.ts';

/** Frozen. A field may be added to the schema; this value and its build ID stay as they are as long as the epoch is 1. */
const GOLDEN: Snapshot = {
  epoch: 1,
  namespace: 'team-a',
  agent: 'helper',
  image: 'registry.example/worker@sha256:00',
  instructions: 'Be brief. 日本語 \u2028',
  model: {
    name: 'gpt-5-mini',
    apiKeySecretRef: { name: 'openai', key: 'api-key' },
    parameters: { temperature: '0.2', stop: ['END'] },
    retryPolicy: { maximumAttempts: 3, nonRetryableErrorTypes: ['HTTP.503'] },
  },
  tools: [
    {
      name: 'lookup',
      description: 'Looks up.',
      http: { method: 'GET', url: 'https://tools.example/{word}' },
    },
    { name: 'sum', module: { configMapKeyRef: { name: 'tools', key: 'sum.ts' } } },
  ],
  modules: { sum: { file: 'sum.ts', source: 'export default 1;' } },
  limits: { maxTurns: 50 },
};
const GOLDEN_BUILD_ID = '14b6fd193f71';
const GOLDEN_BEHAVIOUR = '949168a52367';

describe('build ID', () => {
  test('golden: an upgrade of the operator mints no versions for unchanged specs', () => {
    expect(SNAPSHOT_EPOCH).toBe(1);
    expect(buildIDOf(GOLDEN)).toBe(GOLDEN_BUILD_ID);
    expect(behaviourOf(GOLDEN)).toBe(GOLDEN_BEHAVIOUR);
  });

  test('parsing adds nothing and drops nothing', () => {
    expect(parseSnapshot(canonicalJSON(GOLDEN), GOLDEN_BUILD_ID)).toEqual(GOLDEN);
  });

  test('any change of behaviour or image is another version; the image alone keeps the behaviour', () => {
    const changes: readonly Partial<Snapshot>[] = [
      { namespace: 'team-b' },
      { agent: 'other' },
      { instructions: 'Be long.' },
      { limits: { maxTurns: 51 } },
      { tools: GOLDEN.tools.toReversed() },
      { modules: {} },
    ];
    for (const change of changes) {
      expect(buildIDOf({ ...GOLDEN, ...change })).not.toBe(GOLDEN_BUILD_ID);
      expect(behaviourOf({ ...GOLDEN, ...change })).not.toBe(GOLDEN_BEHAVIOUR);
    }
    expect(buildIDOf({ ...GOLDEN, image: 'other' })).not.toBe(GOLDEN_BUILD_ID);
    expect(behaviourOf({ ...GOLDEN, image: 'other' })).toBe(GOLDEN_BEHAVIOUR);
  });

  test('a snapshot that is not the one the worker was started for is refused', () => {
    expect(() => parseSnapshot(canonicalJSON(GOLDEN), 'ffffffffffff')).toThrow(
      `has build ID ${GOLDEN_BUILD_ID}`,
    );
    expect(() => parseSnapshot(canonicalJSON({ ...GOLDEN, epoch: 2 }), GOLDEN_BUILD_ID)).toThrow('epoch');
    expect(() => parseSnapshot('{', GOLDEN_BUILD_ID)).toThrow('JSON');
  });
});

describe('canonical JSON', () => {
  const shuffled = (value: unknown, order: (keys: string[]) => string[]): unknown => {
    if (Array.isArray(value)) return value.map((entry) => shuffled(entry, order));
    if (typeof value !== 'object' || value === null) return value;
    const object = value as Readonly<Record<string, unknown>>;
    return Object.fromEntries(order(Object.keys(object)).map((key) => [key, shuffled(object[key], order)]));
  };

  test('does not depend on the order of keys, and is JSON of the same value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const canonical = canonicalJSON(value);
        expect(canonicalJSON(shuffled(value, (keys) => keys.toReversed()))).toBe(canonical);
        expect(canonicalJSON(shuffled(value, (keys) => keys.toSorted()))).toBe(canonical);
        expect(canonicalJSON(JSON.parse(canonical))).toBe(canonical);
        expect(JSON.parse(canonical)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  test('undefined is left out: an absent field and an undefined one are the same', () => {
    expect(canonicalJSON({ b: undefined, a: 1 })).toBe('{"a":1}');
  });
});
