import { extname } from 'node:path';
import { compileSchema } from '../../../crds/json-schema.ts';
import type { DurableAgentSpec } from '../../../crds/v1alpha1/durable-agent.ts';
import { canonicalJSON, MAX_SNAPSHOT_BYTES } from '../../../crds/v1alpha1/snapshot.ts';
import type { Violation } from '../observed.ts';

/** What the checks look at. */
export interface Subject {
  readonly namespace: string;
  readonly spec: DurableAgentSpec;
  readonly customTaskQueue: string | undefined;
  readonly taskQueue: string;
  /** An agent that had the task queue before, as `namespace/name`. */
  readonly queueHolder: string | undefined;
  /** Content of `instructionsFrom`, when set and resolved. */
  readonly instructions: string | undefined;
  /** Canonical JSON of the snapshot, when every reference is resolved. */
  readonly snapshotText: string | undefined;
}

type Check = (subject: Subject) => Violation | undefined;

/** What the CRD cannot check, in this order; the first is the condition's reason. */
const CHECKS: readonly Check[] = [
  taskQueueBelongsToTheNamespace,
  taskQueueIsFree,
  inputSchemasAreObjectSchemas,
  urlPlaceholdersAreArguments,
  moduleFilesHaveAnExtension,
  instructionsFit,
  snapshotFits,
];

/** What only the operator can object to. Pure. */
export function violationsOf(subject: Subject): readonly Violation[] {
  return CHECKS.flatMap((check) => check(subject) ?? []);
}

const MODULE_EXTENSIONS: readonly string[] = ['.ts', '.mts', '.js', '.mjs'];
/** As `spec.instructions` has it in the CRD, but of bytes: a ConfigMap is measured in them. */
const MAX_INSTRUCTIONS_BYTES = 131_072;

function taskQueueBelongsToTheNamespace({ namespace, customTaskQueue }: Subject): Violation | undefined {
  if (customTaskQueue === undefined || customTaskQueue.startsWith(`${namespace}.`)) return undefined;
  return {
    reason: 'TaskQueueNotAllowed',
    message: `spec.temporal.taskQueue must begin with "${namespace}.": other queues belong to other namespaces`,
  };
}

function taskQueueIsFree({ taskQueue, queueHolder }: Subject): Violation | undefined {
  if (queueHolder === undefined) return undefined;
  return {
    reason: 'TaskQueueConflict',
    message: `spec.temporal.taskQueue: ${taskQueue} is in use by the older DurableAgent ${queueHolder}: make a new agent with a queue of its own`,
  };
}

function inputSchemasAreObjectSchemas({ spec }: Subject): Violation | undefined {
  for (const [index, { inputSchema }] of (spec.tools ?? []).entries()) {
    if (inputSchema === undefined) continue;
    const path = `spec.tools[${index}].inputSchema`;
    if (inputSchema['type'] !== 'object') {
      return { reason: 'InvalidSpec', message: `${path}.type must be "object": arguments have names` };
    }
    const objection = schemaObjection(inputSchema);
    if (objection !== undefined) return { reason: 'InvalidSpec', message: `${path}: ${objection}` };
  }
  return undefined;
}

function urlPlaceholdersAreArguments({ spec }: Subject): Violation | undefined {
  for (const [index, { http, inputSchema }] of (spec.tools ?? []).entries()) {
    const properties = inputSchema?.['properties'];
    const names =
      http === undefined ? [] : [...http.url.matchAll(/\{([^{}]*)\}/g)].map(([, name]) => name ?? '');
    const unknown = names.find(
      (name) => properties === null || typeof properties !== 'object' || !Object.hasOwn(properties, name),
    );
    if (unknown !== undefined) {
      return {
        reason: 'InvalidSpec',
        message: `spec.tools[${index}].http.url: {${unknown}} is no argument of the tool: add ${unknown} to inputSchema.properties`,
      };
    }
  }
  return undefined;
}

function moduleFilesHaveAnExtension({ spec }: Subject): Violation | undefined {
  for (const [index, { module }] of (spec.tools ?? []).entries()) {
    const key = module?.configMapKeyRef?.key;
    if (key === undefined || MODULE_EXTENSIONS.includes(extname(key))) continue;
    return {
      reason: 'InvalidSpec',
      message: `spec.tools[${index}].module.configMapKeyRef.key must end in ${MODULE_EXTENSIONS.join(', ')}: the extension tells the worker how to load ${key}`,
    };
  }
  return undefined;
}

function instructionsFit({ instructions }: Subject): Violation | undefined {
  if (instructions === undefined) return undefined;
  const path = 'spec.instructionsFrom.configMapKeyRef';
  if (instructions === '') return { reason: 'InvalidSpec', message: `${path}: the content is empty` };
  const bytes = Buffer.byteLength(instructions);
  if (bytes <= MAX_INSTRUCTIONS_BYTES) return undefined;
  return {
    reason: 'SpecTooLarge',
    message: `${path}: the content has ${bytes} bytes, at most ${MAX_INSTRUCTIONS_BYTES} are allowed`,
  };
}

function snapshotFits({ snapshotText }: Subject): Violation | undefined {
  if (snapshotText === undefined) return undefined;
  const bytes = Buffer.byteLength(snapshotText);
  if (bytes <= MAX_SNAPSHOT_BYTES) return undefined;
  return {
    reason: 'SpecTooLarge',
    message: `spec: instructions, tools and modules make a version of ${bytes} bytes, at most ${MAX_SNAPSHOT_BYTES} are allowed: move large modules into an image of your own`,
  };
}

/** Compiling a schema takes milliseconds, and agents are looked at every few seconds: verdicts are remembered by text. */
const MAX_VERDICTS = 1_024;
const verdicts = new Map<string, string | undefined>();

function schemaObjection(schema: Readonly<Record<string, unknown>>): string | undefined {
  const text = canonicalJSON(schema);
  if (verdicts.has(text)) return verdicts.get(text);
  let objection: string | undefined;
  try {
    compileSchema(schema);
  } catch (error) {
    objection = error instanceof Error ? error.message : String(error);
  }
  // Oldest first out: a Map iterates in the order of insertion.
  for (const oldest of verdicts.keys()) {
    if (verdicts.size < MAX_VERDICTS) break;
    verdicts.delete(oldest);
  }
  verdicts.set(text, objection);
  return objection;
}
