import type { Tool } from '../crds/v1alpha1/tool.ts';

type JSONSchema = Readonly<Record<string, unknown>>;

/** What the model is told about AskPerson when the spec does not say. */
export const ASK_PERSON_DESCRIPTION =
  'Asks a person a question and waits for the answer, which may take long. Use it when only a person can know or decide.';

const ASK_PERSON_SCHEMA: JSONSchema = {
  type: 'object',
  properties: {
    question: { type: 'string', minLength: 1, description: 'The question, complete in itself.' },
  },
  required: ['question'],
  additionalProperties: false,
};

/** `{name}` placeholders of a URL template, in order. */
export function placeholders(url: string): readonly string[] {
  return [...url.matchAll(/\{([^{}]*)\}/g)].map((match) => match[1] ?? '');
}

/**
 * JSON Schema (2020-12) of a tool's arguments, as the model sees it. Without one in the spec: what the source tells (the
 * module's own, the placeholders of the URL), else an object that may hold anything.
 * Throws when it describes something else than an object: the model's arguments always are one.
 */
export function parametersOf(tool: Tool, declared: JSONSchema | undefined): JSONSchema {
  const schema = tool.inputSchema ?? declared ?? defaultSchema(tool);
  const type = schema['type'] ?? 'object';
  if (type !== 'object') {
    throw new Error(
      `its schema has type ${JSON.stringify(type)}, but arguments are always an object: use type "object"`,
    );
  }
  // `$schema` names the dialect, which is always 2020-12 here; endpoints differ in whether they accept the keyword.
  const { $schema: _, ...rest } = schema;
  return { ...rest, type: 'object', properties: rest['properties'] ?? {} };
}

function defaultSchema(tool: Tool): JSONSchema {
  if (tool.builtin !== undefined) return ASK_PERSON_SCHEMA;
  if (tool.http === undefined) return { type: 'object' };
  const names = [...new Set(placeholders(tool.http.url))];
  return {
    type: 'object',
    properties: Object.fromEntries(names.map((name) => [name, { type: 'string', minLength: 1 }])),
    ...(names.length === 0 ? {} : { required: names }),
  };
}
