/**
 * What a module tool imports: `import { defineTool, ToolError } from 'durable-agents'`. Public API of the package.
 * Loaded twice in one process when the worker is bundled (once in the bundle, once by the module), so identity is told
 * by registered symbols, never by `instanceof`.
 */
import type { z } from 'zod';
import type { Effect } from '../crds/v1alpha1/tool.ts';

const TOOL = Symbol.for('durable-agents/tool');
const TOOL_ERROR = Symbol.for('durable-agents/tool-error');

/** Writes to the worker's log, with the run and the step attached. Never write a secret. */
export interface ToolLog {
  debug(message: string, attributes?: Record<string, unknown>): void;
  info(message: string, attributes?: Record<string, unknown>): void;
  warn(message: string, attributes?: Record<string, unknown>): void;
  error(message: string, attributes?: Record<string, unknown>): void;
}

export interface ToolContext {
  /** Aborts when the run is cancelled, the attempt is out of time or the worker has to stop. Pass it to every fetch. */
  readonly signal: AbortSignal;
  /** `<workflow id>/<turn>/<call>`: the same on every attempt of this call, and of no other call. */
  readonly idempotencyKey: string;
  /** From 1. */
  readonly attempt: number;
  /** Details (small, JSON) shown for the pending step in Temporal. Heartbeats themselves are sent for you. */
  heartbeat(details?: unknown): void;
  readonly log: ToolLog;
}

/** A JSON Schema (2020-12) of an object. */
export type JSONSchema = Readonly<Record<string, unknown>>;

interface Definition<Parameters, Arguments> {
  /** What the tool does and when to use it, for the model. `spec.tools[].description` replaces it. */
  readonly description: string;
  /** A zod 4 schema of an object, or a JSON Schema (2020-12). Arguments that break it never reach `execute`. */
  readonly parameters: Parameters;
  /** What a second execution of the same call would do. Default Once: at most one attempt. */
  readonly effect?: Effect;
  /**
   * Does the work. A returned string goes to the model as it is, anything else as JSON. Throw `ToolError` for an answer
   * that the model should see; any other error is a fault and is retried (unless its `nonRetryable` is true).
   */
  execute(args: Arguments, context: ToolContext): unknown;
}

/** What `defineTool` returns: the default export of a module tool. */
export type ModuleTool = Definition<unknown, never> & { readonly [TOOL]: true };

/** Declares a tool. Export the result as the module's default. */
export function defineTool<Schema extends z.ZodType>(
  definition: Definition<Schema, z.output<Schema>>,
): ModuleTool;
export function defineTool(definition: Definition<JSONSchema, Readonly<Record<string, unknown>>>): ModuleTool;
export function defineTool(definition: Definition<unknown, never>): ModuleTool {
  return Object.freeze({ ...definition, [TOOL]: true as const });
}

/** The tool worked and its answer is no: "not found", "not allowed", "out of stock". The model reads the message. */
export class ToolError extends Error {
  override readonly name = 'ToolError';
  readonly [TOOL_ERROR] = true;
}

export function isModuleTool(value: unknown): value is ModuleTool {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, TOOL);
}

export function isToolError(value: unknown): value is ToolError {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, TOOL_ERROR);
}
