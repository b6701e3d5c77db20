import type { z } from 'zod';
import {
  agentRun,
  durableAgent,
  temporalConnection,
  type AgentRun,
  type DurableAgent,
  type TemporalConnection,
} from './kinds.ts';
import { isObject, withoutNulls } from './nulls.ts';

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
  const { status, ...rest } = isObject(value) ? value : {};
  const manifest = isObject(value) ? rest : value;
  const result = schema.safeParse(withoutNulls(schema, manifest), { error: describe });
  // The status is the operator's own writing, maybe that of a newer operator: it is not held against the resource.
  if (result.success) return { ok: true, value: withStatus(result.data, status) as T };
  return { ok: false, issues: result.error.issues.flatMap(issuesOf) };
}

function withStatus(resource: unknown, status: unknown): unknown {
  return status === undefined || status === null ? resource : { ...(resource as object), status };
}

/** An unknown field is blamed itself, as the API server does, not the object it is in. */
function issuesOf(issue: z.core.$ZodIssue): readonly Issue[] {
  if (issue.code !== 'unrecognized_keys') return [{ path: fieldPath(issue.path), message: issue.message }];
  return issue.keys.map((key) => ({ path: fieldPath([...issue.path, key]), message: 'unknown field' }));
}

/** zod's own checks in words that say what to do. Rules bring their message along. */
function describe(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code === 'invalid_type') {
    return issue.input === undefined
      ? 'is required'
      : `must be ${article(issue.expected)}, not ${article(typeName(issue.input))}`;
  }
  if (issue.code === 'invalid_value') return `must be one of ${issue.values.map(String).join(', ')}`;
  if (issue.code === 'too_small') return limit(issue.origin, 'least', issue.minimum);
  if (issue.code === 'too_big') return limit(issue.origin, 'most', issue.maximum);
  return undefined;
}

function limit(origin: string, which: 'least' | 'most', bound: number | bigint): string {
  return origin === 'array' ? `must have at ${which} ${bound} entries` : `must be at ${which} ${bound}`;
}

function typeName(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

/** zod's type names in Kubernetes' words. */
function article(type: string): string {
  const name = { int: 'integer', record: 'object' }[type] ?? type;
  if (name === 'null') return name;
  return `${/^[aeiou]/.test(name) ? 'an' : 'a'} ${name}`;
}

/** `['spec', 'tools', 0, 'name']` -> `spec.tools[0].name`. */
export function fieldPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (text, part) =>
      typeof part === 'number' ? `${text}[${part}]` : text === '' ? String(part) : `${text}.${String(part)}`,
    '',
  );
}
