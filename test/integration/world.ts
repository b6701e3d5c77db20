/** What a run talks to: a model endpoint that is scripted, and tools behind HTTP that remember every call. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Snapshot } from '../../crds/v1alpha1/snapshot.ts';

export interface WireMessage {
  readonly role: 'system' | 'user' | 'assistant' | 'tool';
  readonly content: string | null;
}
export interface Reply {
  readonly content?: string;
  readonly calls?: readonly { readonly id: string; readonly name: string; readonly arguments: unknown }[];
}
export interface ToolHit {
  readonly tool: string;
  readonly key: string;
  readonly body: unknown;
  readonly at: number;
}

export class World {
  readonly hits: ToolHit[] = [];
  /** Times of the model requests that were answered, and of all that arrived. */
  readonly modelRequests: { readonly at: number; readonly messages: readonly WireMessage[] }[] = [];
  modelDelayMs = 0;
  toolDelayMs = 0;
  /** Status codes the next calls of a tool get instead of an answer. */
  readonly outages = new Map<string, number[]>();
  readonly url: string;
  private readonly server: Server;

  private constructor(server: Server, url: string) {
    this.server = server;
    this.url = url;
  }

  /** `model` plays: it gets the conversation and gives the next reply; it throws on what is not in its script. */
  static async start(model: (messages: readonly WireMessage[]) => Reply): Promise<World> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const world = new World(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    server.on('request', (request, response) => {
      world
        .answer(request, response, model)
        .catch((error: unknown) => response.writeHead(400).end(String(error)));
    });
    return world;
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  /** An agent whose tools are HTTP calls to this world, `overrides` by tool. */
  snapshot(agent: string, tools: Snapshot['tools']): Snapshot {
    return {
      epoch: 1,
      namespace: 'test',
      agent,
      image: 'image:test',
      instructions: 'Do the steps.',
      model: { name: 'scripted', baseURL: `${this.url}/v1` },
      tools,
      modules: {},
      limits: { maxTurns: 50 },
    };
  }

  tool(name: string, settings: Partial<Snapshot['tools'][number]> = {}): Snapshot['tools'][number] {
    return {
      name,
      description: `Does ${name}.`,
      inputSchema: { type: 'object' },
      http: { method: 'POST', url: `${this.url}/tools/${name}` },
      idempotencyKey: { header: 'Idempotency-Key' },
      effect: 'Idempotent',
      ...settings,
    };
  }

  private async answer(
    request: IncomingMessage,
    response: ServerResponse,
    model: (messages: readonly WireMessage[]) => Reply,
  ): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = JSON.parse(Buffer.concat(chunks).toString('utf8')) as { messages: WireMessage[] };
    const tool = /^\/tools\/(.+)$/.exec(request.url ?? '')?.[1];
    if (tool === undefined) return this.answerModel(response, body.messages, model);
    const status = this.outages.get(tool)?.shift();
    if (status !== undefined) {
      response.writeHead(status).end('outage');
      return;
    }
    this.hits.push({ tool, key: String(request.headers['idempotency-key']), body, at: Date.now() });
    await sleep(this.toolDelayMs);
    response.writeHead(200, { 'content-type': 'text/plain' }).end(`${tool} done`);
  }

  private async answerModel(
    response: ServerResponse,
    messages: readonly WireMessage[],
    model: (messages: readonly WireMessage[]) => Reply,
  ): Promise<void> {
    this.modelRequests.push({ at: Date.now(), messages });
    await sleep(this.modelDelayMs);
    const { content = null, calls = [] } = model(messages);
    const toolCalls = calls.map((call) => ({
      id: call.id,
      type: 'function',
      function: { name: call.name, arguments: JSON.stringify(call.arguments) },
    }));
    response.writeHead(200, { 'content-type': 'application/json' }).end(
      JSON.stringify({
        id: 'reply',
        object: 'chat.completion',
        created: 0,
        model: 'scripted',
        choices: [
          {
            index: 0,
            finish_reason: calls.length === 0 ? 'stop' : 'tool_calls',
            message: { role: 'assistant', content, ...(calls.length === 0 ? {} : { tool_calls: toolCalls }) },
          },
        ],
        usage: { prompt_tokens: 10, completion_tokens: 2, total_tokens: 12 },
      }),
    );
  }
}

/** A model that calls `tool` `steps` times, one call a turn, then says how many observations it read. */
export function stepByStep(tool: string, steps: number): (messages: readonly WireMessage[]) => Reply {
  return (messages) => {
    const done = messages.filter((message) => message.role === 'tool').length;
    if (done < steps)
      return { calls: [{ id: `call-${done + 1}`, name: tool, arguments: { step: done + 1 } }] };
    return { content: `${done} observations` };
  };
}
