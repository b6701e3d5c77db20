import { expect, it } from 'vitest';
import { retryAfter } from './retry-after.ts';

const NOW = Date.parse('2026-11-21T04:00:00Z');

it.each<[Record<string, string>, number | undefined]>([
  [{}, undefined],
  [{ 'retry-after': '7' }, 7_000],
  [{ 'retry-after': ' 7 ' }, 7_000],
  [{ 'retry-after': '0.25' }, 250],
  [{ 'retry-after': '0' }, undefined],
  [{ 'retry-after': '-5' }, undefined],
  [{ 'retry-after': 'soon' }, undefined],
  [{ 'retry-after': '2026-11-21' }, undefined],
  [{ 'retry-after': '999999999' }, 3_600_000],
  [{ 'retry-after': 'Sat, 21 Nov 2026 04:00:30 GMT' }, 30_000],
  [{ 'retry-after': 'Saturday, 21-Nov-26 04:00:30 GMT' }, 30_000],
  [{ 'retry-after': 'Sat, 21 Nov 2026 03:00:00 GMT' }, undefined],
  [{ 'retry-after-ms': '120' }, 120],
  [{ 'retry-after-ms': '120', 'retry-after': '7' }, 120],
  [{ 'retry-after-ms': 'x', 'retry-after': '7' }, 7_000],
])('%j asks for %s ms', (headers, expected) => {
  expect(retryAfter(new Headers(headers), NOW)).toBe(expected);
});
