import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { createAnswerer } from '../twenty-questions/answerer/server.ts';
import { THINGS } from '../twenty-questions/world.ts';
import { createScriptedModel } from './server.ts';
import { textOf, type WireMessage } from './wire.ts';

const servers: Server[] = [];

async function listen(server: Server): Promise<string> {
  servers.push(server.listen(0, '127.0.0.1'));
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

const tools = [{ type: 'function', function: { name: 'ask', parameters: { type: 'object' } } }];
const opening: readonly WireMessage[] = [
  { role: 'system', content: 'You play twenty questions.' },
  { role: 'user', content: 'Which thing is it?' },
];

const post = (url: string, body: unknown, headers: Readonly<Record<string, string>> = {}) =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });

async function nextMessage(model: string, messages: readonly WireMessage[]): Promise<WireMessage> {
  const response = await post(`${model}/v1/chat/completions`, { model: 'scripted', messages, tools });
  expect(response.status).toBe(200);
  const body = (await response.json()) as { choices: { message: WireMessage }[] };
  const message = body.choices[0]?.message;
  if (message === undefined) throw new Error('no choice');
  return message;
}

/** Plays to the end as a worker would: a 503 is the same call again, with the same key. Gives the last message. */
async function playGame(
  model: string,
  answerer: string,
): Promise<{ readonly text: string; readonly turns: number }> {
  const messages: WireMessage[] = [...opening];
  for (let turn = 1; turn <= 25; turn++) {
    const message = await nextMessage(model, messages);
    messages.push(message);
    const call = message.tool_calls?.[0];
    if (call === undefined) return { text: textOf(message), turns: turn };
    const request = () =>
      post(`${answerer}/ask`, JSON.parse(call.function.arguments), { 'idempotency-key': `game/${turn}/1` });
    let response = await request();
    for (let attempt = 2; response.status === 503 && attempt <= 6; attempt++) response = await request();
    messages.push({ role: 'tool', tool_call_id: call.id, content: await response.text() });
  }
  throw new Error('no end after 25 turns');
}

it(
  'finds every thing within twenty questions, although every fifth answer fails',
  { timeout: 60_000 },
  async () => {
    const model = await listen(createScriptedModel());
    for (const [index, thing] of [...THINGS.keys()].entries()) {
      const answerer = await listen(createAnswerer({ thing, seed: index }));
      const { text, turns } = await playGame(model, answerer);
      expect(text).toMatch(new RegExp(`^It is an? ${thing}\\.$`));
      expect(turns).toBeLessThanOrEqual(21);
      const { entries } = (await (await fetch(`${answerer}/log`)).json()) as {
        entries: { key: string; outcome: string; delivered: boolean }[];
      };
      const executed = entries.filter(({ outcome }) => outcome === 'executed').map(({ key }) => key);
      expect(new Set(executed).size).toBe(executed.length);
      expect(executed).toHaveLength(turns - 1);
    }
  },
);

it('asks again after a question without an answer, and gives up after three', async () => {
  const model = await listen(createScriptedModel());
  const messages: WireMessage[] = [...opening];
  for (let failure = 1; failure <= 3; failure++) {
    const message = await nextMessage(model, messages);
    const id = message.tool_calls?.[0]?.id ?? '';
    messages.push(message, {
      role: 'tool',
      tool_call_id: id,
      content: 'The tool failed after 6 attempts: HTTP 503',
    });
  }
  expect((await nextMessage(model, messages)).content).toMatch(/give up/);
});

it('streams the same reply it would give in one piece', async () => {
  const model = await listen(createScriptedModel());
  const whole = await nextMessage(model, opening);
  const body = {
    model: 'scripted',
    messages: opening,
    tools,
    stream: true,
    stream_options: { include_usage: true },
  };
  const response = await post(`${model}/v1/chat/completions`, body);
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  const events = (await response.text())
    .trim()
    .split('\n\n')
    .map((line) => line.replace(/^data: /, ''));
  expect(events.at(-1)).toBe('[DONE]');
  interface Delta {
    readonly tool_calls?: readonly { readonly function: { readonly arguments: string } }[];
  }
  const chunks = events
    .slice(0, -1)
    .map((text) => JSON.parse(text) as { choices: { delta: Delta }[]; usage?: unknown });
  const streamed = chunks.flatMap(({ choices }) => choices[0]?.delta.tool_calls ?? []);
  expect(streamed.map((call) => call.function.arguments).join('')).toBe(
    whole.tool_calls?.[0]?.function.arguments,
  );
  expect(chunks.at(-1)?.usage).toMatchObject({ total_tokens: expect.any(Number) });
});

it.each([
  ['another task', { messages: [{ role: 'system', content: 'Write a poem.' }], tools }],
  ['no ask tool', { messages: opening }],
  [
    'a conversation it never had',
    {
      messages: [
        ...opening,
        {
          role: 'assistant',
          tool_calls: [{ id: 'x', type: 'function', function: { name: 'ask', arguments: '{}' } }],
        },
      ],
      tools,
    },
  ],
])('refuses %s with 400', async (_, body) => {
  const model = await listen(createScriptedModel());
  const response = await post(`${model}/v1/chat/completions`, { model: 'scripted', ...body });
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({
    error: { type: 'invalid_request_error', code: 'unscripted' },
  });
});

it('asks for the API key when it has one', async () => {
  const model = await listen(createScriptedModel({ apiKey: 'right' }));
  const chat = (key: string) =>
    post(
      `${model}/v1/chat/completions`,
      { model: 'scripted', messages: opening, tools },
      { authorization: `Bearer ${key}` },
    );
  expect((await chat('wrong')).status).toBe(401);
  expect((await chat('right')).status).toBe(200);
});

it('fails on demand, then serves again, and keeps account of both', async () => {
  const model = await listen(createScriptedModel());
  const order = { fail: { status: 429, times: 2, retryAfterSeconds: 3 }, latencyMilliseconds: 1 };
  expect((await post(`${model}/control`, order)).status).toBe(200);
  const chat = () => post(`${model}/v1/chat/completions`, { model: 'scripted', messages: opening, tools });
  const refused = await chat();
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '3']);
  expect([(await chat()).status, (await chat()).status]).toEqual([429, 200]);
  const control = (await (await fetch(`${model}/control`)).json()) as {
    calls: { status: number; turn: number }[];
  };
  expect(control.calls.map(({ status, turn }) => [status, turn])).toEqual([
    [429, 1],
    [429, 1],
    [200, 1],
  ]);
  expect((await post(`${model}/control`, { fial: {} })).status).toBe(400);
});
