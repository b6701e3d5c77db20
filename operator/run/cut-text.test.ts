import fc from 'fast-check';
import { expect, it } from 'vitest';
import { cutText } from './cut-text.ts';

it('is the longest beginning that fits and tears no character', () => {
  const text = fc.string({ unit: 'binary', maxLength: 60 });
  fc.assert(
    fc.property(text, fc.integer({ min: 0, max: 200 }), (whole, limit) => {
      const cut = cutText(whole, limit);
      expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(limit);
      expect(whole.startsWith(cut)).toBe(true);
      // Nothing more would have fitted.
      const next = whole.codePointAt(cut.length);
      const longer = next === undefined ? whole + ' '.repeat(limit + 1) : cut + String.fromCodePoint(next);
      expect(Buffer.byteLength(longer)).toBeGreaterThan(limit);
    }),
  );
});

it('repairs half a surrogate pair', () => {
  expect(cutText('a\ud800b', 100)).toBe('a\ufffdb');
});
