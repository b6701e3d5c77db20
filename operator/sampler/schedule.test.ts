import { describe, expect, it } from 'vitest';
import { AT_ONCE, nextLook } from './schedule.ts';

/** Times of the looks at an agent with `open` runs at each, 5 s apart at least. */
function looks(count: number, open: (at: number) => number): readonly number[] {
  let schedule = AT_ONCE;
  let now = 0;
  return Array.from({ length: count }, () => {
    const at = now;
    schedule = nextLook(schedule, open(at), at, 5_000);
    now = schedule.nextAt;
    return at;
  });
}

describe('nextLook', () => {
  it('looks at a busy agent in every tick', () => {
    expect(looks(4, () => 1)).toEqual([0, 5_000, 10_000, 15_000]);
  });

  it('backs off to 30 s while an agent is idle', () => {
    const times = looks(40, () => 0);
    const gaps = times.slice(1).map((at, index) => at - (times[index] ?? 0));
    expect(gaps[0]).toBe(5_000);
    expect(gaps.at(-1)).toBe(30_000);
    expect(gaps.every((gap, index) => gap >= (gaps[index - 1] ?? 0))).toBe(true);
  });

  it('is back at once when there are runs, and watches closely for a while after', () => {
    const idle = { nextAt: 100_000, idleSince: 0 };
    expect(nextLook(idle, 1, 200_000, 5_000)).toEqual({ nextAt: 205_000, idleSince: undefined });
    expect(nextLook(nextLook(idle, 1, 200_000, 5_000), 0, 205_000, 5_000).nextAt).toBe(210_000);
  });
});
