import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { compileSchema, type SchemaCheck } from '../crds/json-schema.ts';
import { MODULES_DIRECTORY, SNAPSHOT_DIRECTORY, SNAPSHOT_KEY } from '../crds/v1alpha1/contract.ts';
import { fieldPath } from '../crds/v1alpha1/parse.ts';
import { parseSnapshot, type Snapshot } from '../crds/v1alpha1/snapshot.ts';
import type { Tool } from '../crds/v1alpha1/tool.ts';
import { importModule, writeModule, type LoadedModule } from './modules.ts';
import { runPlanOf } from './run-plan.ts';
import { ASK_PERSON_DESCRIPTION, parametersOf } from './tool-schema.ts';
import type { RunPlan } from './workflows/protocol.ts';

export interface LoadedTool {
  readonly spec: Tool;
  readonly description: string;
  /** JSON Schema of the arguments, as the model sees it. */
  readonly parameters: Readonly<Record<string, unknown>>;
  /** Checks arguments against `parameters`. */
  readonly schema: SchemaCheck;
  /** Set for module tools. */
  readonly module?: LoadedModule;
}

/** A snapshot made ready to serve: schemas compiled, modules imported, policies complete. */
export interface LoadedAgent {
  readonly buildID: string;
  readonly snapshot: Snapshot;
  readonly plan: RunPlan;
  /** By name, in the order of the spec. */
  readonly tools: ReadonlyMap<string, LoadedTool>;
}

export interface LoadOptions {
  readonly buildID: string;
  /** Where the snapshot is mounted. Default SNAPSHOT_DIRECTORY. */
  readonly directory?: string;
  /** Writable; where module sources go. Default MODULES_DIRECTORY. */
  readonly modulesDirectory?: string;
}

/**
 * Reads the snapshot, verifies that it is the version `buildID` names, and loads everything in it. Throws an Error whose
 * message is one paragraph for the reader of `kubectl describe`: every tool that cannot be loaded, why, and what to do.
 */
export async function loadAgent(options: LoadOptions): Promise<LoadedAgent> {
  const file = path.join(options.directory ?? SNAPSHOT_DIRECTORY, SNAPSHOT_KEY);
  const snapshot = read(await readText(file), options.buildID, file);
  const tools = new Map<string, LoadedTool>();
  const problems: string[] = [];
  for (const tool of snapshot.tools) {
    try {
      tools.set(tool.name, await loadTool(tool, snapshot, options.modulesDirectory ?? MODULES_DIRECTORY));
    } catch (error) {
      problems.push(`Tool "${tool.name}": ${messageOf(error)}.`);
    }
  }
  if (problems.length > 0) {
    throw new Error(`${problems.join(' ')} Fix the agent and apply it again: this version cannot serve.`);
  }
  const effects = new Map([...tools].map(([name, tool]) => [name, tool.module?.definition.effect]));
  return { buildID: options.buildID, snapshot, tools, plan: runPlanOf(snapshot, options.buildID, effects) };
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new Error(
      `The snapshot ${file} cannot be read (${codeOf(error)}): the operator mounts it from a ConfigMap of this version.`,
      { cause: error },
    );
  }
}

function read(text: string, buildID: string, file: string): Snapshot {
  try {
    return parseSnapshot(text, buildID);
  } catch (error) {
    const reason =
      error instanceof z.ZodError
        ? error.issues.map((issue) => `${fieldPath(issue.path)}: ${issue.message}`).join('; ')
        : messageOf(error);
    throw new Error(
      `The snapshot ${file} is not the one this worker can serve: ${reason.slice(0, 2_000)}. ` +
        'If the operator is newer than spec.worker.image, use an image of the same release.',
      { cause: error },
    );
  }
}

async function loadTool(tool: Tool, snapshot: Snapshot, modulesDirectory: string): Promise<LoadedTool> {
  // The SDK keeps the prefix to itself: proxyActivities throws on it inside the workflow, where it is no use to anybody.
  if (tool.name.startsWith('__temporal_')) {
    throw new Error('names that begin with __temporal_ belong to Temporal: give the tool another name');
  }
  refuseUnsendableHeaders(tool);
  const module = await loadModule(tool, snapshot, modulesDirectory);
  const parameters = parametersOf(tool, module?.parameters);
  return {
    spec: tool,
    description: tool.description ?? module?.definition.description ?? ASK_PERSON_DESCRIPTION,
    parameters,
    schema: compileSchema(parameters),
    ...(module === undefined ? {} : { module }),
  };
}

async function loadModule(
  tool: Tool,
  snapshot: Snapshot,
  directory: string,
): Promise<LoadedModule | undefined> {
  if (tool.module === undefined) return undefined;
  if (tool.module.path !== undefined) return importModule(tool.module.path);
  const source = Object.hasOwn(snapshot.modules, tool.name) ? snapshot.modules[tool.name] : undefined;
  if (source === undefined)
    throw new Error('its source is missing from the snapshot, which the operator fills');
  return importModule(await writeModule(directory, source));
}

/** fetch throws on these (undici 7): each call would fail as if the network had. */
const UNSENDABLE = new Set([
  'connection',
  'content-length',
  'expect',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

function refuseUnsendableHeaders(tool: Tool): void {
  const names = [
    ...Object.keys(tool.http?.headers ?? {}),
    ...(tool.http?.headersFrom ?? []).map((header) => header.name),
    ...(tool.idempotencyKey === undefined ? [] : [tool.idempotencyKey.header]),
  ];
  const refused = names.find((name) => UNSENDABLE.has(name.toLowerCase()));
  if (refused !== undefined)
    throw new Error(`header ${refused} is set by the HTTP client itself: leave it out`);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : messageOf(error);
}
