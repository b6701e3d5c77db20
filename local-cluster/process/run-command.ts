import { spawn } from 'node:child_process';

import { ClusterError } from '../cluster-error.ts';

export interface RunOptions {
  readonly input?: string;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
  /** Called with every complete line the command writes, to either stream. */
  readonly onLine?: (line: string) => void;
}

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const lastLines = (text: string, count: number): string =>
  text.trimEnd().split('\n').slice(-count).join('\n');

/** Runs a command to its end whatever its exit code; a command that cannot be started counts as code 127. */
export function attempt(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: ['pipe', 'pipe', 'pipe'],
      timeout: options.timeoutMs ?? 0,
      killSignal: 'SIGKILL',
    });
    const output = { stdout: '', stderr: '' };
    let partial = '';
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream].setEncoding('utf8').on('data', (chunk: string) => {
        output[stream] += chunk;
        if (options.onLine === undefined) return;
        const lines = (partial + chunk).split('\n');
        partial = lines.pop() ?? '';
        lines.forEach(options.onLine);
      });
    }
    // A command that exits before reading its input closes the pipe; its exit code tells the story.
    child.stdin.on('error', () => {});
    child.stdin.end(options.input ?? '');
    child.on('error', (error) => {
      resolve({ code: 127, stdout: output.stdout, stderr: `${output.stderr}${error.message}\n` });
    });
    child.on('close', (code, signal) => {
      const killed = signal === null ? '' : `killed by ${signal}\n`;
      resolve({ code: code ?? 128, stdout: output.stdout, stderr: output.stderr + killed });
    });
  });
}

export async function run(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  const outcome = await attempt(command, args, options);
  if (outcome.code !== 0) {
    const said = lastLines(outcome.stderr.trim() === '' ? outcome.stdout : outcome.stderr, 12);
    throw new ClusterError(
      `${[command, ...args].join(' ').slice(0, 300)}\nfailed (exit ${outcome.code}):\n${said}`,
    );
  }
  return outcome.stdout;
}

/** Hands the terminal to a command and returns its exit code. */
export function runAttached(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: 'inherit', env: { ...process.env, ...env } });
    // Ctrl-C reaches the whole foreground group: the child decides what it means.
    const ignore = (): void => {};
    process.on('SIGINT', ignore);
    child.on('error', reject);
    child.on('close', (code) => {
      process.off('SIGINT', ignore);
      resolve(code ?? 130);
    });
  });
}
