import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RetryableError } from '../errors.ts';
import type { KubeError } from './port.ts';
import { linesOf, watchEventOf } from './watch-stream.ts';

async function collect(chunks: readonly Buffer[]): Promise<string[]> {
  const lines: string[] = [];
  async function* stream() {
    yield* chunks;
  }
  for await (const line of linesOf(stream())) lines.push(line);
  return lines;
}

describe('linesOf', () => {
  test('property: the same lines whatever the borders of the chunks', async () => {
    const line = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 30 })
      .filter((text) => !text.includes('\n'));
    await fc.assert(
      fc.asyncProperty(
        fc.array(line, { maxLength: 10 }),
        fc.array(fc.nat(400), { maxLength: 20 }),
        async (lines, cuts) => {
          const bytes = Buffer.from(lines.map((text) => `${text}\n`).join(''));
          const borders = [
            0,
            ...cuts.map((cut) => Math.min(cut, bytes.length)).toSorted((a, b) => a - b),
            bytes.length,
          ];
          const chunks = borders.slice(1).map((end, index) => bytes.subarray(borders[index], end));
          expect(await collect(chunks)).toEqual(lines);
        },
      ),
    );
  });

  test('an unfinished line is not given out', async () => {
    expect(await collect([Buffer.from('{"a":1}\n{"b"'), Buffer.from(':2')])).toEqual(['{"a":1}']);
  });
});

describe('watchEventOf', () => {
  const event = (value: unknown) => watchEventOf('watch pods', JSON.stringify(value));

  test('bookmarks carry the resource version only, unknown types nothing', () => {
    const bookmark = { type: 'BOOKMARK', object: { metadata: { resourceVersion: '42' } } };
    expect(event(bookmark)).toEqual({ type: 'BOOKMARK', resourceVersion: '42' });
    expect(event({ type: 'LATER', object: {} })).toBeUndefined();
  });

  test('errors of the stream are what the same answer would be', () => {
    expect(() => event({ type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired' } })).toThrow(
      expect.objectContaining({ name: 'KubeError', reason: 'Expired' }) as KubeError,
    );
    expect(() => event({ type: 'ERROR', object: { code: 500, message: 'secret' } })).toThrow(RetryableError);
    expect(() => watchEventOf('watch pods', '{"type"')).toThrow(RetryableError);
  });
});
