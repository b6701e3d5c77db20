import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { defineTool, ToolError, type ToolContext } from '../../define-tool.ts';
import type { LoadedModule } from '../../modules.ts';
import type { ToolCallResult } from '../../workflows/protocol.ts';
import type { LoadedTool } from '../../snapshot.ts';
import { runAttempt } from '../step.ts';
import { testAgent } from '../testing/agent.ts';
import { testStep } from '../testing/step.ts';
import { callModule } from './module.ts';

const step = testStep({ attempt: 3, heartbeatTimeoutMs: 60_000 });

function run(module: LoadedModule, values: object = {}, tool: object = {}): Promise<ToolCallResult> {
  const agent = testAgent({}, [{ name: 't', module: { path: '/t.ts' }, ...tool }], { t: module });
  const loaded = agent.tools.get('t') as LoadedTool & { module: LoadedModule };
  return runAttempt(step, 'Timeout', (attempt) =>
    callModule(loaded, { arguments: { ...values }, idempotencyKey: 'w/1/2' }, attempt, step),
  );
}

const plain = (
  execute: (values: Readonly<Record<string, unknown>>, context: ToolContext) => unknown,
): LoadedModule => ({
  definition: defineTool({ description: 'd', parameters: { type: 'object' }, execute }),
  parameters: { type: 'object' },
});

const throwing = (error: unknown): LoadedModule =>
  plain(() => {
    throw error;
  });

describe('a module tool', () => {
  it.each<[unknown, string]>([
    ['text', 'text'],
    ['', ''],
    [{ a: [1] }, '{"a":[1]}'],
    [Promise.resolve(7), '7'],
    [null, 'null'],
    [undefined, 'Done.'],
  ])('that returns %j tells the model %s', async (output, content) => {
    expect(await run(plain(() => output))).toEqual({ outcome: 'success', content });
  });

  it('gets its arguments and its context', async () => {
    const seen = await run(
      plain((values, { idempotencyKey, attempt, signal }) => ({
        values,
        idempotencyKey,
        attempt,
        aborted: signal.aborted,
      })),
      { at: 'x' },
    );
    expect(JSON.parse(seen.content)).toEqual({
      values: { at: 'x' },
      idempotencyKey: 'w/1/2',
      attempt: 3,
      aborted: false,
    });
  });

  it('can say how far it is', async () => {
    await run(plain((_, context) => context.heartbeat({ done: 4 })));
    expect(step.heartbeats).toContainEqual({ done: 4 });
  });

  it('gets what its zod schema makes of the arguments, and nothing the schema refuses', async () => {
    const schema = z.object({ n: z.coerce.number().max(9), unit: z.string().default('km') });
    const module: LoadedModule = {
      definition: defineTool({ description: 'd', parameters: schema, execute: (values) => values }),
      parameters: {},
      parse: (value) => schema.safeParseAsync(value),
    };
    expect(await run(module, { n: '5' })).toEqual({ outcome: 'success', content: '{"n":5,"unit":"km"}' });
    expect(await run(module, { n: 50 })).toMatchObject({
      outcome: 'error',
      content: expect.stringContaining('n: '),
    });
  });

  it('answers no with a ToolError', async () => {
    expect(await run(throwing(new ToolError('no such city')))).toEqual({
      outcome: 'error',
      content: 'no such city',
    });
  });

  it.each<[unknown, object]>([
    [new TypeError('oops'), { type: 'Module.Error', nonRetryable: false, message: 'TypeError: oops' }],
    ['a string', { type: 'Module.Error', nonRetryable: false, message: 'a string' }],
    [Object.assign(new Error('no'), { nonRetryable: true }), { type: 'Module.Error', nonRetryable: true }],
  ])('that throws %s is a failure', async (error, failure) => {
    await expect(run(throwing(error))).rejects.toMatchObject(failure);
  });

  it('is not run again because its result has no JSON', async () => {
    const circular: Record<string, unknown> = {};
    circular['self'] = circular;
    expect(await run(plain(() => circular))).toMatchObject({
      outcome: 'error',
      content: expect.stringMatching(/^Done, but/),
    });
    expect(await run(plain(() => 5n))).toMatchObject({ outcome: 'error' });
  });

  it('has its output cut', async () => {
    const { content } = await run(
      plain(() => 'x'.repeat(999)),
      {},
      { maxOutputBytes: 256 },
    );
    expect(content).toMatch(/of 999 bytes\]$/);
  });
});
