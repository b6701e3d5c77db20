import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allocate, spread } from './allocate.ts';

describe('allocate', () => {
  it.each([
    [100, [10, 20, 30], [10, 20, 30]],
    [100, [1000, 10, 20], [70, 10, 20]],
    [100, [1000, 1000], [50, 50]],
    [1, [5, 5], [0, 1]],
    [100, [], []],
  ] as const)('%d among %j', (budget, demands, grants) => {
    expect(allocate(budget, demands)).toEqual(grants);
  });

  it('never grants more than asked for or than there is, and leaves nothing somebody still wants', () => {
    const demands = fc.array(fc.integer({ min: 0, max: 2_000 }), { maxLength: 30 });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 5_000 }), demands, (budget, wanted) => {
        const grants = allocate(budget, wanted);
        const sum = grants.reduce((total, grant) => total + grant, 0);
        const demand = wanted.reduce((total, entry) => total + entry, 0);
        expect(sum).toBe(Math.min(budget, demand));
        expect(grants.every((grant, index) => grant <= (wanted[index] ?? 0))).toBe(true);
      }),
    );
  });
});

describe('spread', () => {
  it('keeps order, takes no element twice', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 300 }), (length, count) => {
        const items = Array.from({ length }, (_, index) => index);
        const taken = spread(items, count);
        expect(taken).toHaveLength(Math.min(length, count));
        expect([...new Set(taken)].toSorted((a, b) => a - b)).toEqual(taken);
      }),
    );
  });
});
