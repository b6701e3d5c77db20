import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { boundedText, utf8Prefix } from './bounded-text.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('boundedText', () => {
  it('leaves alone what fits', () => {
    expect(boundedText('grün', 5)).toBe('grün');
  });

  it('names the size of what it cut', () => {
    expect(boundedText('x'.repeat(1_000), 300)).toMatch(/^x+\n\[cut: the first \d+ of 1000 bytes\]$/);
    expect(boundedText('x', 300, { bytes: 99_999, exact: false })).toMatch(/of more than 99999 bytes\]$/);
  });

  const long = fc.string({ unit: 'grapheme', minLength: 400, maxLength: 500, size: 'max' });
  const limits = fc.integer({ min: 256, max: 399 });

  it('never exceeds the limit, never cuts a character, and says how much it kept', () => {
    fc.assert(
      fc.property(long, limits, (text, limit) => {
        const bounded = boundedText(text, limit);
        expect(bytes(bounded).length).toBeLessThanOrEqual(limit);
        const [, kept = 'no marker', size, full] =
          /^([^]*)\n\[cut: the first (\d+) of (\d+) bytes\]$/.exec(bounded) ?? [];
        expect(text.startsWith(kept)).toBe(true);
        expect([bytes(kept).length, bytes(text).length]).toEqual([Number(size), Number(full)]);
      }),
    );
  });
});

describe('utf8Prefix', () => {
  it.each([
    ['€', 1, ''],
    ['€', 2, ''],
    ['€', 3, '€'],
    ['a😀', 4, 'a'],
    ['a😀b', 5, 'a😀'],
  ])('of %s at %i bytes is %j', (text, limit, expected) => {
    expect(new TextDecoder().decode(utf8Prefix(bytes(text), limit))).toBe(expected);
  });

  it('keeps nearly all of bytes that are no text', () => {
    expect(utf8Prefix(new Uint8Array(100).fill(0x80), 50).length).toBeGreaterThanOrEqual(47);
  });
});
