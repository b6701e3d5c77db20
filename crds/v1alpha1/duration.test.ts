import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { duration, durationBetween, milliseconds } from './duration.ts';

describe('duration', () => {
  test.each([
    ['500ms', 500],
    ['30s', 30_000],
    ['1h30m', 5_400_000],
    ['1h2m3s4ms', 3_723_004],
    ['0s', 0],
    ['999999h', 999_999 * 3_600_000],
  ])('%s is %i ms', (text, expected) => {
    expect(duration.safeParse(text).success).toBe(true);
    expect(milliseconds(text)).toBe(expected);
  });

  test.each(['', '3', 's', '3d', '1.5h', '-1s', '30s1h', '1h1h', '1 h', '1h\n', '٣s', '9999999h'])(
    '%j is refused',
    (text) => {
      expect(duration.safeParse(text).success).toBe(false);
    },
  );

  test('what is accepted is a number of milliseconds, far below the 292 years of a Go duration', () => {
    const part = (unit: string) =>
      fc.option(
        fc.integer({ min: 0, max: 999_999 }).map((n) => `${n}${unit}`),
        { nil: '' },
      );
    fc.assert(
      fc.property(part('h'), part('m'), part('s'), part('ms'), (...parts) => {
        const text = parts.join('');
        fc.pre(text !== '');
        expect(duration.safeParse(text).success).toBe(true);
        expect(milliseconds(text)).toBeGreaterThanOrEqual(0);
        expect(milliseconds(text)).toBeLessThan(292 * 365 * 24 * 3_600_000);
      }),
    );
  });

  test('bounds include their ends, and a malformed value gets one message', () => {
    const grace = durationBetween('1s', '1h');
    expect(grace.safeParse('1s').success).toBe(true);
    expect(grace.safeParse('60m').success).toBe(true);
    expect(grace.safeParse('999ms').error?.issues.map(({ message }) => message)).toEqual([
      'must be between 1s and 1h',
    ]);
    expect(grace.safeParse('3d').error?.issues).toHaveLength(1);
  });
});
