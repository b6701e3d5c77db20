import { expect, test } from 'vitest';
import { re2Problem } from './re2.ts';

test.each([
  ['^[a-z]([-a-z0-9]*[a-z0-9])?$'],
  ['^https?://[A-Za-z0-9._-]+(:[0-9]{1,5})?$'],
  [String.raw`^[^\x00-\x1f\x7f]+$`],
  [String.raw`^(\[[0-9a-f:]+\]|[a-z.]+)$`],
  [String.raw`^a\.b$`],
])('%s reads alike in both engines', (pattern) => {
  expect(re2Problem(pattern)).toBeUndefined();
});

test.each([
  ['^(?=a)', 'lookaround'],
  ['^(?!a)', 'lookaround'],
  ['(?<=a)b', 'lookaround'],
  ['(?<name>a)', 'named group'],
  [String.raw`(a)\1`, 'back reference'],
  [String.raw`^\S+$`, 'Unicode'],
  [String.raw`^[^\s/]+$`, 'class with an escape'],
  [String.raw`^\u0041$`, 'escape'],
  ['^a.b$', 'line ends'],
  ['^a{1,1001}$', 'repetition'],
  ['^(a$', 'Invalid regular expression'],
])('%s is refused: %s', (pattern, problem) => {
  expect(re2Problem(pattern)).toContain(problem);
});
