import { expect, it } from 'vitest';
import type { Message } from '../workflows/protocol.ts';
import { chatRequest } from './chat-request.ts';

const base = { model: { name: 'm' }, instructions: 'Be brief.', tools: new Map() };

it('is the instructions and the conversation', () => {
  const conversation: Message[] = [
    { role: 'user', content: 'hi' },
    {
      role: 'assistant',
      content: null,
      toolCalls: [
        { id: 'a', name: 'look', arguments: { at: 'x' } },
        { id: 'b', name: 'nope', rawArguments: '{"y":1}', rejected: 'no such tool' },
        { id: 'c', name: 'look', rawArguments: '{"at":', rejected: 'not JSON' },
      ],
    },
    { role: 'tool', toolCallID: 'a', content: '1' },
    { role: 'assistant', content: 'done', toolCalls: [] },
  ];
  expect(chatRequest(base, conversation)).toEqual({
    model: 'm',
    messages: [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'hi' },
      {
        role: 'assistant',
        content: null,
        tool_calls: [
          { id: 'a', type: 'function', function: { name: 'look', arguments: '{"at":"x"}' } },
          { id: 'b', type: 'function', function: { name: 'nope', arguments: '{"y":1}' } },
          {
            id: 'c',
            type: 'function',
            function: { name: 'look', arguments: '{"invalidArguments":"{\\"at\\":"}' },
          },
        ],
      },
      { role: 'tool', tool_call_id: 'a', content: '1' },
      { role: 'assistant', content: 'done' },
    ],
  });
});

it('offers the tools', () => {
  const parameters = { type: 'object', properties: {} };
  const tools = new Map([['look', { description: 'Looks.', parameters }]]);
  expect(chatRequest({ ...base, tools }, [])).toMatchObject({
    tools: [{ type: 'function', function: { name: 'look', description: 'Looks.', parameters } }],
  });
});

it('has the sampling parameters in the words of the wire, as numbers', () => {
  const parameters = {
    temperature: '0.2',
    topP: '0.9',
    maxOutputTokens: 100,
    reasoningEffort: 'low' as const,
    seed: 7,
    stop: ['END'],
  };
  expect(chatRequest({ ...base, model: { name: 'm', parameters } }, [])).toMatchObject({
    temperature: 0.2,
    top_p: 0.9,
    max_completion_tokens: 100,
    reasoning_effort: 'low',
    seed: 7,
    stop: ['END'],
  });
});
