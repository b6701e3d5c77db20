import {
  parseAgentRun,
  parseDurableAgent,
  parseTemporalConnection,
  type Issue,
} from '../../crds/v1alpha1/parse.ts';
import { parseManifest } from './read-corpus.ts';

const PARSERS = {
  DurableAgent: parseDurableAgent,
  AgentRun: parseAgentRun,
  TemporalConnection: parseTemporalConnection,
};

export type Kind = keyof typeof PARSERS;
export const KINDS = Object.keys(PARSERS) as readonly Kind[];

export function kindOf(manifest: string): Kind {
  return parseManifest(manifest)['kind'] as Kind;
}

/** What the TypeScript parser objects to; [] is accepted. */
export function parserIssues(manifest: string): readonly Issue[] {
  const parsed = PARSERS[kindOf(manifest)](parseManifest(manifest));
  return parsed.ok ? [] : parsed.issues;
}

/** Whether an issue blames `field`: itself, or an entry of it, since the two sides write keys of maps differently. */
export function blames(issue: Issue, field: string, message: string): boolean {
  const named =
    issue.path === field || issue.path.startsWith(`${field}.`) || issue.path.startsWith(`${field}[`);
  return named && issue.message.includes(message);
}
