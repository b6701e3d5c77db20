import type { z } from 'zod';
import {
  agentRun,
  durableAgent,
  temporalConnection,
  type AgentRun,
  type DurableAgent,
  type TemporalConnection,
} from './kinds.ts';

export interface Issue {
  /** Field path as kubectl prints it: `spec.tools[0].http.url`. */
  readonly path: string;
  readonly message: string;
}

export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly issues: readonly Issue[] };

/** Parses what the API server accepted, or would accept: same verdict, same field paths, defaults filled in. Never throws. */
export const parseDurableAgent = (value: unknown): Parsed<DurableAgent> => parse(durableAgent, value);
export const parseAgentRun = (value: unknown): Parsed<AgentRun> => parse(agentRun, value);
export const parseTemporalConnection = (value: unknown): Parsed<TemporalConnection> =>
  parse(temporalConnection, value);

function parse<T>(schema: z.ZodType, value: unknown): Parsed<T> {
  const result = schema.safeParse(value);
  // The schemas describe the wire; `Resource<…>` types the same with a readonly envelope.
  if (result.success) return { ok: true, value: result.data as T };
  return {
    ok: false,
    issues: result.error.issues.map(({ path, message }) => ({ path: fieldPath(path), message })),
  };
}

/** `['spec', 'tools', 0, 'name']` -> `spec.tools[0].name`. */
export function fieldPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (text, part) =>
      typeof part === 'number' ? `${text}[${part}]` : text === '' ? String(part) : `${text}.${String(part)}`,
    '',
  );
}
