/** The part of OpenAI's Chat Completions the scripted model speaks. https://platform.openai.com/docs/api-reference/chat */

export interface WireToolCall {
  readonly id: string;
  readonly type: 'function';
  readonly function: { readonly name: string; readonly arguments: string };
}

export interface WireMessage {
  readonly role: 'system' | 'developer' | 'user' | 'assistant' | 'tool';
  readonly content?: string | readonly { readonly type: string; readonly text?: string }[] | null;
  readonly tool_calls?: readonly WireToolCall[];
  readonly tool_call_id?: string;
}

export interface WireRequest {
  readonly model: string;
  readonly messages: readonly WireMessage[];
  readonly tools?: readonly { readonly type: string; readonly function: { readonly name: string } }[];
  readonly stream?: boolean;
  readonly stream_options?: { readonly include_usage?: boolean };
}

/** What the model says: text, or one call of a tool. */
export type Reply =
  | { readonly text: string }
  | { readonly call: { readonly name: string; readonly arguments: Readonly<Record<string, unknown>> } };

export function textOf(message: WireMessage | undefined): string {
  const content = message?.content;
  if (typeof content === 'string') return content;
  return (content ?? []).map((part) => part.text ?? '').join('');
}

/** The body of a 200 without streaming. */
export function completion(request: WireRequest, reply: Reply): Record<string, unknown> {
  const choice = {
    index: 0,
    message: assistantMessage(request, reply),
    logprobs: null,
    finish_reason: finishReason(reply),
  };
  return { ...envelope(request, 'chat.completion'), choices: [choice], usage: usageOf(request, reply) };
}

/** The `data:` payloads of a streamed 200, `[DONE]` excluded: text word by word, arguments in two parts. */
export function completionChunks(request: WireRequest, reply: Reply): readonly Record<string, unknown>[] {
  const chunk = (delta: unknown, finish: string | null = null) => ({
    ...envelope(request, 'chat.completion.chunk'),
    choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }],
  });
  const deltas =
    'text' in reply
      ? reply.text.split(/(?<= )/).map((content) => ({ content }))
      : toolCallDeltas(request, JSON.stringify(reply.call.arguments), reply.call.name);
  const usage = {
    ...envelope(request, 'chat.completion.chunk'),
    choices: [],
    usage: usageOf(request, reply),
  };
  return [
    chunk({ role: 'assistant', content: 'text' in reply ? '' : null }),
    ...deltas.map((delta) => chunk(delta)),
    chunk({}, finishReason(reply)),
    ...(request.stream_options?.include_usage === true ? [usage] : []),
  ];
}

function toolCallDeltas(request: WireRequest, text: string, name: string): readonly unknown[] {
  const middle = Math.ceil(text.length / 2);
  const id = callID(request);
  return [
    { tool_calls: [{ index: 0, id, type: 'function', function: { name, arguments: '' } }] },
    { tool_calls: [{ index: 0, function: { arguments: text.slice(0, middle) } }] },
    { tool_calls: [{ index: 0, function: { arguments: text.slice(middle) } }] },
  ];
}

function assistantMessage(request: WireRequest, reply: Reply): unknown {
  if ('text' in reply) return { role: 'assistant', content: reply.text, refusal: null };
  const { name, arguments: values } = reply.call;
  const call = {
    id: callID(request),
    type: 'function',
    function: { name, arguments: JSON.stringify(values) },
  };
  return { role: 'assistant', content: null, refusal: null, tool_calls: [call] };
}

/** The same conversation gets the same ids: the model has no memory. */
const callID = (request: WireRequest): string => `call_${request.messages.length}`;

const finishReason = (reply: Reply): string => ('text' in reply ? 'stop' : 'tool_calls');

const envelope = (request: WireRequest, object: string) => ({
  id: `chatcmpl-${request.messages.length}`,
  object,
  created: Math.floor(Date.now() / 1000),
  model: request.model,
});

/** About four characters a token, as a rule of thumb for English. */
function usageOf(request: WireRequest, reply: Reply): Record<string, unknown> {
  const tokens = (value: unknown) => Math.max(1, Math.ceil(JSON.stringify(value).length / 4));
  const input = tokens(request.messages) + (request.tools === undefined ? 0 : tokens(request.tools));
  const output = tokens(reply);
  return {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
    prompt_tokens_details: { cached_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: 0 },
  };
}
