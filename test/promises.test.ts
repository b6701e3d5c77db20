import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

test('docs/promises.md lists exactly the promises the tests prove', () => {
  const proven = globSync('test/**/*.test.ts', { cwd: ROOT }).flatMap((file) =>
    [...readFileSync(`${ROOT}${file}`, 'utf8').matchAll(/prove\(\s*\{\s*id: '([a-z-]+)'/g)].map(
      ([, id]) => id,
    ),
  );
  const listed = [...readFileSync(`${ROOT}docs/promises.md`, 'utf8').matchAll(/^\| `([a-z-]+)` \|/gm)].map(
    ([, id]) => id,
  );
  expect(new Set(proven)).toEqual(new Set(listed));
  expect(proven).toHaveLength(listed.length);
});
