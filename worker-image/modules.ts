import { createHash } from 'node:crypto';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { registerHooks } from 'node:module';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { EFFECTS } from '../crds/v1alpha1/tool.ts';
import { isModuleTool, type JSONSchema, type ModuleTool } from './define-tool.ts';
import { whereItFailed } from './module-error.ts';

/** A module may await at its top level (read a file, connect), but a pod that waits for ever is never ready. */
const IMPORT_TIMEOUT_MS = 30_000;

export interface LoadedModule {
  readonly definition: ModuleTool;
  /** The module's parameters as JSON Schema (2020-12). */
  readonly parameters: JSONSchema;
  /** Parses arguments by the module's zod schema, defaults and transforms applied. Absent with a JSON Schema. */
  readonly parse?: (value: unknown) => Promise<z.ZodSafeParseResult<unknown>>;
}

/**
 * Writes the source of a module tool beneath `directory` and returns its path. The path holds the hash of the source:
 * Node caches modules by URL, so other content must have another one.
 */
export async function writeModule(
  directory: string,
  { file, source }: { readonly file: string; readonly source: string },
): Promise<string> {
  if (!/^[A-Za-z0-9_][-._A-Za-z0-9]*\.(ts|mts|js|mjs)$/.test(file)) {
    throw new Error(
      `${JSON.stringify(file)} is no name for a module: end the ConfigMap key in .ts, .mts, .js or .mjs`,
    );
  }
  const folder = path.join(directory, createHash('sha256').update(source).digest('hex').slice(0, 16));
  const target = path.join(folder, file);
  await mkdir(folder, { recursive: true });
  // Renamed into place: a container killed while writing must not leave half a module to its successor.
  const temporary = `${target}.${process.pid}.tmp`;
  await writeFile(temporary, source);
  await rename(temporary, target);
  return target;
}

/** Imports the file and checks its default export. Throws an Error that names the file, the line if known, and what to do. */
export async function importModule(file: string): Promise<LoadedModule> {
  resolveOwnPackages();
  const exports = await importFile(file);
  const definition = exports['default'];
  const name = path.basename(file);
  if (definition === undefined) {
    throw new Error(`${name} has no default export: write "export default defineTool({…})"`);
  }
  if (!isModuleTool(definition)) {
    throw new Error(
      `the default export of ${name} is not a tool: make it with defineTool from "durable-agents"`,
    );
  }
  try {
    return { definition, ...describe(definition) };
  } catch (error) {
    throw new Error(`${name}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

async function importFile(file: string): Promise<Record<string, unknown>> {
  const timeout = new AbortController();
  try {
    return await Promise.race([
      import(pathToFileURL(file).href) as Promise<Record<string, unknown>>,
      sleep(IMPORT_TIMEOUT_MS, undefined, { signal: timeout.signal }).then(() => {
        throw new Error(`its top level is still running after ${IMPORT_TIMEOUT_MS / 1000} s`);
      }),
    ]);
  } catch (error) {
    throw new Error(whereItFailed(file, error), { cause: error });
  } finally {
    timeout.abort();
  }
}

/** What a definition says, checked: module authors write plain JavaScript too. */
function describe(definition: ModuleTool): Pick<LoadedModule, 'parameters' | 'parse'> {
  const { description, parameters, effect } = definition;
  if (typeof description !== 'string' || description === '') throw new Error('description must be a text');
  if (typeof definition.execute !== 'function') throw new Error('execute must be a function');
  if (effect !== undefined && !EFFECTS.includes(effect)) {
    throw new Error(`effect must be ${EFFECTS.join(', ')}, not ${JSON.stringify(effect)}`);
  }
  if (typeof parameters !== 'object' || parameters === null || Array.isArray(parameters)) {
    throw new Error('parameters must be a zod object or a JSON Schema');
  }
  if (!('_zod' in parameters)) {
    if ('_def' in parameters)
      throw new Error('parameters is a zod 3 schema: use zod 4, which comes with the worker');
    return { parameters: { ...parameters } };
  }
  const schema = parameters as unknown as z.ZodType;
  try {
    // The model writes the input of the schema: what has a default may be left out, what is transformed is given raw.
    const json = z.toJSONSchema(schema, { target: 'draft-2020-12', io: 'input' });
    return { parameters: { ...json }, parse: (value) => z.safeParseAsync(schema, value) };
  } catch (error) {
    throw new Error(
      `parameters has no JSON Schema, which the model needs: ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    );
  }
}

let resolving = false;

/**
 * `durable-agents` and `zod` resolve by themselves beneath the package (MODULES_DIRECTORY); for a file elsewhere in the
 * image Node would look into its own parents only, so what it does not find there is taken from this package.
 * module.registerHooks: synchronous, same thread, release candidate in Node 24.
 */
function resolveOwnPackages(): void {
  if (resolving) return;
  resolving = true;
  registerHooks({
    resolve(specifier, context, nextResolve) {
      if (specifier !== 'durable-agents' && specifier !== 'zod') return nextResolve(specifier, context);
      try {
        return nextResolve(specifier, context);
      } catch {
        return nextResolve(specifier, { ...context, parentURL: import.meta.url });
      }
    },
  });
}
