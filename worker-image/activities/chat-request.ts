import type { Model } from '../../crds/v1alpha1/model.ts';
import type { LoadedTool } from '../snapshot.ts';
import type { Message, ToolCall } from '../workflows/protocol.ts';
import type { ChatMessage, ChatRequest } from './chat-completions.ts';

interface Asked {
  readonly model: Model;
  readonly instructions: string;
  readonly tools: ReadonlyMap<string, Pick<LoadedTool, 'description' | 'parameters'>>;
}

/** The whole request of a turn: instructions, conversation, tools, sampling parameters. */
export function chatRequest(
  { model, instructions, tools }: Asked,
  conversation: readonly Message[],
): ChatRequest {
  const functions = [...tools].map(([name, tool]) => ({
    type: 'function' as const,
    function: { name, description: tool.description, parameters: { ...tool.parameters } },
  }));
  return {
    model: model.name,
    messages: [{ role: 'system', content: instructions }, ...conversation.map(chatMessage)],
    // OpenAI refuses an empty list.
    ...(functions.length === 0 ? {} : { tools: functions }),
    ...sampling(model.parameters),
  };
}

function sampling(parameters: Model['parameters']): Partial<ChatRequest> {
  if (parameters === undefined) return {};
  const { temperature, topP, maxOutputTokens, reasoningEffort, seed, stop } = parameters;
  return {
    ...(temperature === undefined ? {} : { temperature: Number(temperature) }),
    ...(topP === undefined ? {} : { top_p: Number(topP) }),
    ...(maxOutputTokens === undefined ? {} : { max_completion_tokens: maxOutputTokens }),
    ...(reasoningEffort === undefined ? {} : { reasoning_effort: reasoningEffort }),
    ...(seed === undefined ? {} : { seed }),
    ...(stop === undefined ? {} : { stop }),
  };
}

function chatMessage(message: Message): ChatMessage {
  switch (message.role) {
    case 'user':
      return { role: 'user', content: message.content };
    case 'tool':
      return { role: 'tool', tool_call_id: message.toolCallID, content: message.content };
    case 'assistant':
      return {
        role: 'assistant',
        content: message.content,
        ...(message.toolCalls.length === 0
          ? {}
          : {
              tool_calls: message.toolCalls.map((call) => ({
                id: call.id,
                type: 'function' as const,
                function: { name: call.name, arguments: argumentsOf(call) },
              })),
            }),
      };
  }
}

/**
 * Arguments as JSON text. A rejected call keeps what the model wrote, so that it can see its mistake, but always as a
 * JSON object: servers with chat templates (vLLM) parse past arguments and refuse the whole conversation otherwise.
 */
function argumentsOf(call: ToolCall): string {
  if (!('rejected' in call)) return JSON.stringify(call.arguments);
  try {
    const parsed: unknown = JSON.parse(call.rawArguments);
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return call.rawArguments;
  } catch {
    // falls through: not JSON
  }
  return JSON.stringify({ invalidArguments: call.rawArguments });
}
