import type { Message, ToolCall } from './protocol.ts';

type AssistantMessage = Extract<Message, { role: 'assistant' }>;

/**
 * The message with an id of its own for every tool call. Endpoints pair calls and observations by id and refuse a
 * conversation where an id is empty or twice in a message; models do send such ids.
 */
export function withPairedCalls(message: AssistantMessage, turn: number): AssistantMessage {
  const taken = new Set(message.toolCalls.map((call) => call.id));
  const used = new Set<string>(['']);
  const toolCalls = message.toolCalls.map((call, index): ToolCall => {
    const id = used.has(call.id) ? freshID(`call_${turn}_${index + 1}`, taken) : call.id;
    used.add(id);
    taken.add(id);
    return id === call.id ? call : { ...call, id };
  });
  return { ...message, toolCalls };
}

function freshID(wanted: string, taken: ReadonlySet<string>): string {
  let id = wanted;
  while (taken.has(id)) id += '_';
  return id;
}
