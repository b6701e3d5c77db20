import fc from 'fast-check';
import { expect, it } from 'vitest';
import { failureOf } from './failures.ts';

const calls = (seed: number, count: number) =>
  Array.from({ length: count }, (_, call) => failureOf(seed, call));

it('fails exactly every fifth call on average, both before and after the answer, the same for the same seed', () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 2, max: 20 }), (seed, blocks) => {
      const failures = calls(seed, blocks * 5).filter((failure) => failure !== undefined);
      expect(failures).toHaveLength(blocks);
      expect(new Set(failures)).toEqual(new Set(['before', 'after']));
      expect(calls(seed, 50)).toEqual(calls(seed, 50));
    }),
  );
});
