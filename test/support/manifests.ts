import { API_VERSION } from '../../crds/v1alpha1/group.ts';
import type { ScriptedTurn } from './world/protocol.ts';

/** A DurableAgent of the scripted world; `spec` is merged over the defaults, field by field. */
export function agentManifest(options: {
  readonly name: string;
  readonly script: string;
  readonly worldURL: string;
  readonly tools?: readonly object[];
  readonly spec?: Readonly<Record<string, unknown>>;
}) {
  return {
    apiVersion: API_VERSION,
    kind: 'DurableAgent',
    metadata: { name: options.name },
    spec: {
      instructions: `Follow the script. script: ${options.script}`,
      model: { name: 'scripted', baseURL: `${options.worldURL}/v1` },
      ...(options.tools === undefined ? {} : { tools: options.tools }),
      ...options.spec,
    },
  };
}

/** An http tool of the world's tool server. */
export function worldTool(options: {
  readonly name: string;
  readonly script: string;
  readonly worldURL: string;
  readonly more?: Readonly<Record<string, unknown>>;
}) {
  return {
    name: options.name,
    description: `Does ${options.name}.`,
    effect: 'Idempotent',
    idempotencyKey: { header: 'Idempotency-Key' },
    http: { method: 'POST', url: `${options.worldURL}/tools/${options.script}/${options.name}` },
    inputSchema: { type: 'object', properties: { input: { type: 'string' }, step: { type: 'integer' } } },
    retryPolicy: { maximumAttempts: 20, initialInterval: '200ms', maximumInterval: '1s' },
    ...options.more,
  };
}

export function runManifest(options: {
  readonly name: string;
  readonly agent: string;
  readonly input?: unknown;
  readonly more?: Readonly<Record<string, unknown>>;
}) {
  return {
    apiVersion: API_VERSION,
    kind: 'AgentRun',
    metadata: { name: options.name },
    spec: {
      agentRef: { name: options.agent },
      ...(options.input === undefined ? {} : { input: options.input }),
      ...options.more,
    },
  };
}

/** `steps` tool calls one after another, then the answer `done $input`. */
export function chainOfSteps(steps: number, tool: string): ScriptedTurn[] {
  return [
    ...Array.from({ length: steps }, (_, index) => ({
      toolCalls: [{ name: tool, arguments: { input: '$input', step: index + 1 } }],
    })),
    { content: 'done $input' },
  ];
}
