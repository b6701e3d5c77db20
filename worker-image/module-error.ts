import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

/**
 * Why a module file could not be imported, in one line for `kubectl describe`: `weather.ts, line 3: Expression expected`.
 * Node 24 puts the place at the top of the stack for TypeScript errors and for missing exports, and into a frame for
 * code that throws; for a syntax error in JavaScript it is nowhere, and only `node --check` tells.
 */
export function whereItFailed(file: string, error: unknown): string {
  const message = firstLine(error instanceof Error ? error.message : String(error));
  const line = lineOf(file, error instanceof Error ? (error.stack ?? '') : '') ?? checkedLine(file, error);
  return `${path.basename(file)}${line === undefined ? '' : `, line ${line}`}: ${message}${hint(error)}`;
}

function firstLine(text: string): string {
  return (text.split('\n')[0] ?? '').slice(0, 500);
}

/** Line of the first `<file>:<line>` in a stack. */
function lineOf(file: string, stack: string): string | undefined {
  for (const name of [pathToFileURL(file).href, file]) {
    const at = stack.indexOf(`${name}:`);
    if (at !== -1) return /^[0-9]+/.exec(stack.slice(at + name.length + 1))?.[0];
  }
  return undefined;
}

function checkedLine(file: string, error: unknown): string | undefined {
  if (!(error instanceof SyntaxError)) return undefined;
  const { stderr } = spawnSync(process.execPath, ['--check', file], {
    encoding: 'utf8',
    timeout: 10_000,
    env: {},
  });
  return lineOf(file, stderr ?? '');
}

function hint(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  switch (code) {
    case 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX':
      return ' (Node removes types and does nothing else: no enum, namespace or parameter property)';
    case 'ERR_MODULE_NOT_FOUND':
      return ' (a module from a ConfigMap can import durable-agents, zod and what Node brings; for more, bake the module into an image)';
    default:
      return '';
  }
}
