import { existsSync, lstatSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

import { shortHash } from '../paths.ts';
import { run } from '../process/run-command.ts';
import { dockerfileInputs } from './dockerfile-inputs.ts';

export interface BuildContext {
  readonly context: string;
  readonly dockerfile: string;
  readonly target?: string;
  readonly buildArguments?: Readonly<Record<string, string>>;
}

/** .dockerignore in git's terms; with an exception ("!") in it nothing is left out, which only builds more often. */
export function excludedPathspecs(dockerignore: string): string[] {
  const patterns = dockerignore
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  if (patterns.some((pattern) => pattern.startsWith('!'))) return [];
  return patterns.map((pattern) => `:(exclude,glob)${pattern.replace(/^\/+|\/+$/g, '')}`);
}

/** Content of everything a target is built from: its files as they are now, committed or not, ignored ones left out. */
export async function contextHash(build: BuildContext): Promise<string> {
  const dockerfile = readFileSync(build.dockerfile, 'utf8');
  const inputs = dockerfileInputs(dockerfile, build.target);
  const ignoreFile = join(build.context, '.dockerignore');
  const ignores = existsSync(ignoreFile) ? readFileSync(ignoreFile, 'utf8') : '';
  const listed = await run(
    'git',
    [
      'ls-files',
      '-z',
      '--cached',
      '--others',
      '--exclude-standard',
      '--',
      ...inputs,
      ...excludedPathspecs(ignores),
    ],
    { cwd: build.context },
  );
  const files = [...new Set(listed.split('\0').filter((file) => file !== ''))].toSorted();
  const parts: (string | Uint8Array)[] = [
    dockerfile,
    ignores,
    JSON.stringify([build.target, build.buildArguments]),
  ];
  for (const file of files) {
    const path = join(build.context, file);
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (stat === undefined) continue; // deleted, but still in the index
    parts.push(
      file,
      String(stat.mode & 0o111),
      stat.isSymbolicLink() ? readlinkSync(path) : readFileSync(path),
    );
  }
  return shortHash(...parts);
}
