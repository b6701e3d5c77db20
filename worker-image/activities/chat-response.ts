import { z } from 'zod';
import type { LoadedTool } from '../snapshot.ts';
import type { ModelCallResult, ToolCall } from '../workflows/protocol.ts';
import { boundedText } from './bounded-text.ts';
import { retryable, terminal } from './failures.ts';

/** Temporal fails a result of 2 MiB for good; JSON escapes and an encrypting codec need room. */
const MAX_MESSAGE_BYTES = 1_048_576;
const MAX_OBSERVATION_BYTES = 4_096;

const count = z.int().min(0).catch(0);
const contentPart = z.looseObject({ text: z.string().catch('') });

/** The part of a chat completion that counts, forgiving where endpoints differ from OpenAI and it does no harm. */
const completion = z.looseObject({
  choices: z
    .array(
      z.looseObject({
        message: z.looseObject({
          content: z.union([z.string(), z.array(contentPart)]).nullish(),
          refusal: z.string().nullish().catch(null),
          tool_calls: z
            .array(
              z.looseObject({
                id: z.string().catch(''),
                function: z.looseObject({
                  name: z.string(),
                  // Ollama and some gateways send the object itself, or nothing when there are no arguments.
                  arguments: z
                    .union([
                      z.string(),
                      z.record(z.string(), z.unknown()).transform((value) => JSON.stringify(value)),
                    ])
                    .nullish()
                    .transform((value) => value ?? '{}'),
                }),
              }),
            )
            .nullish(),
        }),
        finish_reason: z.string().catch('unknown'),
      }),
    )
    .min(1),
  usage: z
    .looseObject({ prompt_tokens: count, completion_tokens: count })
    .catch({ prompt_tokens: 0, completion_tokens: 0 }),
});

type Tools = ReadonlyMap<string, Pick<LoadedTool, 'schema'>>;

/**
 * What the endpoint sent, as the run's next message. Tool calls are checked here, where the schemas are: what cannot be
 * executed carries the observation that says why. Throws `Model.InvalidResponse` for what is no answer at all.
 */
export function modelCallResult(body: unknown, tools: Tools): ModelCallResult {
  const parsed = completion.safeParse(body);
  if (!parsed.success)
    throw retryable('Model.InvalidResponse', `The model endpoint sent ${whatCame(body, parsed.error)}.`);
  const { choices, usage } = parsed.data;
  const choice = choices[0];
  if (choice === undefined) throw retryable('Model.InvalidResponse', 'The model endpoint sent no choice.');
  const { message, finish_reason: finishReason } = choice;
  const content = contentOf(message.content) ?? message.refusal ?? null;
  const calls = message.tool_calls ?? [];
  // Cut or filtered to nothing is an answer too: asking again would cost the same and end the same.
  if (
    content === null &&
    calls.length === 0 &&
    finishReason !== 'length' &&
    finishReason !== 'content_filter'
  ) {
    throw retryable('Model.InvalidResponse', 'The model endpoint sent neither text nor a tool call.');
  }
  const result: ModelCallResult = {
    message: {
      role: 'assistant',
      content,
      toolCalls: calls.map(({ id, function: { name, arguments: text } }) =>
        toolCall(id, name, text, finishReason, tools),
      ),
    },
    usage: { inputTokens: usage.prompt_tokens, outputTokens: usage.completion_tokens },
    finishReason,
  };
  const bytes = Buffer.byteLength(JSON.stringify(result));
  if (bytes > MAX_MESSAGE_BYTES) {
    throw terminal(
      'Model.InvalidResponse',
      `The model's reply has ${bytes} bytes, more than the ${MAX_MESSAGE_BYTES} a run can keep: set model.parameters.maxOutputTokens.`,
    );
  }
  return result;
}

/** undefined for no text: OpenAI sends null, others an empty string or nothing at all. */
function contentOf(content: string | { text: string }[] | null | undefined): string | undefined {
  const text = Array.isArray(content) ? content.map((part) => part.text).join('') : content;
  return text === null || text === undefined || text === '' ? undefined : text;
}

function toolCall(id: string, name: string, text: string, finishReason: string, tools: Tools): ToolCall {
  const tool = tools.get(name);
  const rejected = (observation: string): ToolCall => ({
    // An id is a handle: empty and repeated ones are replaced by the workflow, which has to pair them anyway.
    id: id.length <= 256 ? id : '',
    name: tool === undefined ? safeName(name) : name,
    rawArguments: text,
    rejected: boundedText(observation, MAX_OBSERVATION_BYTES),
  });
  if (tool === undefined) {
    const names = [...tools.keys()];
    const known = names.length === 0 ? 'There are no tools.' : `The tools are: ${names.join(', ')}.`;
    return rejected(`Not executed: there is no tool called ${JSON.stringify(name.slice(0, 100))}. ${known}`);
  }
  let value: unknown;
  try {
    value = text.trim() === '' ? {} : JSON.parse(text);
  } catch (error) {
    const cut = finishReason === 'length' ? ' The reply was cut off at the most output tokens.' : '';
    const reason = error instanceof Error ? error.message : String(error);
    return rejected(
      `Not executed: the arguments of ${name} are not valid JSON (${reason}).${cut} Call it again with a JSON object.`,
    );
  }
  const problems = tool.schema.check(value);
  if (problems.length > 0) {
    return rejected(
      `Not executed: the arguments of ${name} do not match its schema: ${problems.join('; ')}. Correct them and call it again.`,
    );
  }
  // The schema of every tool has type object (tool-schema.ts).
  return { id: id.length <= 256 ? id : '', name, arguments: value as Readonly<Record<string, unknown>> };
}

/** A name the endpoint accepts back in the next request; OpenAI refuses others although its models invent them. */
function safeName(name: string): string {
  return name.replaceAll(/[^a-zA-Z0-9_-]/g, '_').slice(0, 64) || 'unknown';
}

/** Names the shape, never the content. */
function whatCame(body: unknown, error: z.ZodError): string {
  if (body === undefined || body === null || body === '') return 'an empty body';
  if (typeof body === 'string')
    return 'something else than JSON (check baseURL: it must include the version, such as /v1)';
  const issue = error.issues[0];
  return `JSON that is no chat completion (${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''})`;
}
