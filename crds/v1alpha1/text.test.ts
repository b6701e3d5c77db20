import fc from 'fast-check';
import { expect, test } from 'vitest';
import { text } from './text.ts';

test('counts code points, as the API server does', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 12 }), fc.nat(6), fc.nat(6), (value, low, extra) => {
      const size = Array.from(value).length;
      expect(text(low, low + extra).safeParse(value).success).toBe(size >= low && size <= low + extra);
    }),
  );
});

test.each([
  [1, 3, '', 'must not be empty'],
  [2, 3, 'a', 'must be at least 2 characters long'],
  [1, 3, '🚀🚀🚀🚀', 'must be at most 3 characters long'],
])('text(%i, %i) of %j: %s', (min, max, value, message) => {
  expect(text(min, max).safeParse(value).error?.issues[0]?.message).toBe(message);
});
