import { ClusterError } from './cluster-error.ts';
import { defaultClusterName } from './paths.ts';

export interface Invocation {
  readonly command: string;
  readonly name: string;
  readonly rest: readonly string[];
}

/** Commands whose own arguments may hold anything, a --name included. */
const passthrough = new Set(['kubectl', 'helm', 'exec']);

/** `--name NAME` anywhere; with kubectl, helm and exec only before the command or right behind it. */
export function parseArguments(argv: readonly string[]): Invocation {
  let name = defaultClusterName;
  let command: string | undefined;
  const rest: string[] = [];
  for (let index = 0; index < argv.length; index++) {
    const argument = argv[index] ?? '';
    const isOurs = command === undefined || !passthrough.has(command) || rest.length === 0;
    const inline = /^--name=(.+)$/.exec(argument)?.[1];
    if (isOurs && (argument === '--name' || inline !== undefined)) {
      const value = inline ?? argv[++index];
      if (value === undefined) throw new ClusterError('--name needs a value.');
      name = value;
    } else if (command === undefined) command = argument;
    else if (argument === '--' && rest.length === 0) continue;
    else rest.push(argument);
  }
  return { command: command ?? 'help', name, rest };
}
