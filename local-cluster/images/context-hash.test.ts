import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, it } from 'vitest';

import { contextHash, excludedPathspecs } from './context-hash.ts';

let context: string;
const write = (file: string, content: string): void => writeFileSync(join(context, file), content);
const hash = (): Promise<string> =>
  contextHash({ context, dockerfile: join(context, 'Dockerfile'), target: 'app' });

beforeEach(() => {
  context = mkdtempSync(join(tmpdir(), 'context-'));
  execFileSync('git', ['init', '--quiet'], { cwd: context });
  mkdirSync(join(context, 'source'));
  mkdirSync(join(context, 'docs'));
  write('Dockerfile', 'FROM x AS app\nCOPY source /source\n');
  write('.gitignore', '*.log\n');
  write('.dockerignore', '# tests\n**/*.test.ts\n');
  write('source/a.ts', '1');
});
afterEach(() => rmSync(context, { recursive: true }));

it('changes with what the target copies, tracked or not, and with nothing else', async () => {
  const first = await hash();
  write('docs/readme.md', 'text');
  write('source/a.test.ts', 'test');
  write('source/debug.log', 'ignored by git');
  expect(await hash()).toBe(first);
  write('source/a.ts', '2');
  const second = await hash();
  expect(second).not.toBe(first);
  write('source/new.ts', '');
  const third = await hash();
  expect(third).not.toBe(second);
  write('Dockerfile', 'FROM y AS app\nCOPY source /source\n');
  expect(await hash()).not.toBe(third);
});

it('leaves nothing out when .dockerignore has exceptions', () => {
  expect(excludedPathspecs('/docs/\n# x\n\n*.md')).toEqual([':(exclude,glob)docs', ':(exclude,glob)*.md']);
  expect(excludedPathspecs('docs\n!docs/a')).toEqual([]);
});
