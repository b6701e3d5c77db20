/** The workflow on a real Temporal with scripted activities: what only the server can answer for. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Context } from '@temporalio/activity';
import { WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure, type CancelledFailure } from '@temporalio/common';
import { temporal } from '@temporalio/proto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunResult, RunState } from '../../crds/v1alpha1/run-protocol.ts';
import {
  CONVERSATION_QUERY,
  type ConversationQuery,
  type Message,
  type ModelCallInput,
  type ToolPlan,
} from '../../worker-image/workflows/protocol.ts';
import { eventually } from '../support/eventually.ts';
import { DevServer } from './dev-server.ts';
import { callTools, FOREIGN_QUEUE, policy, QUEUE, say, ScriptedWorker, success } from './scripted-worker.ts';

const local: ToolPlan = { kind: 'local', policy, once: false, onError: 'ReturnToModel' };
const once: ToolPlan = { ...local, once: true };
const foreign: ToolPlan = {
  ...local,
  kind: 'activity',
  taskQueue: FOREIGN_QUEUE,
  type: 'theirs',
  maxOutputBytes: 300,
};
const { History } = temporal.api.history.v1;
const foreignCalls: { argument: unknown; activityID: string }[] = [];

let server: DevServer;
let worker: ScriptedWorker;

beforeAll(async () => {
  server = await DevServer.start({ dynamicConfig: ['limit.historyCount.suggestContinueAsNew=200'] });
  worker = await ScriptedWorker.start(server.address, {
    theirs: async (argument) => {
      foreignCalls.push({ argument, activityID: Context.current().info.activityId });
      const { bytes } = argument as { bytes?: number };
      return bytes === undefined ? { got: argument } : 'x'.repeat(bytes);
    },
  });
});
afterAll(async () => {
  await worker.stop();
  await server.stop();
});

const result = async (handle: WorkflowHandle): Promise<RunResult> => (await handle.result()) as RunResult;
const failure = async (handle: WorkflowHandle): Promise<ApplicationFailure> => {
  const error: unknown = await handle.result().catch((cause: unknown) => cause);
  if (!(error instanceof WorkflowFailedError)) throw new Error(`the run did not fail: ${String(error)}`);
  return error.cause as ApplicationFailure;
};
const state = (handle: WorkflowHandle): Promise<RunState> => handle.query<RunState>('state');
const waiting = (handle: WorkflowHandle): Promise<RunState> =>
  eventually('a question', async () =>
    (await state(handle)).waiting.length > 0 ? state(handle) : undefined,
  );
const answer = (handle: WorkflowHandle, id: string, text: string): Promise<unknown> =>
  handle.executeUpdate('answer', { args: [{ id, answer: text }] });
const conversation = (handle: WorkflowHandle): Promise<Message[]> =>
  handle.query<Message[], [ConversationQuery]>(CONVERSATION_QUERY, { from: 0, maxBytes: 1_000_000 });
const observations = async (handle: WorkflowHandle): Promise<string[]> =>
  (await conversation(handle)).flatMap((message) => (message.role === 'tool' ? [message.content] : []));

/**
 * With RECORD_HISTORIES set the run becomes a history that test/replay.test.ts replays for ever. Binary inside: the
 * SDK's historyToJSON (1.24) fails when npm installs protobufjs twice, "type must be a Type".
 */
async function record(name: string, handle: WorkflowHandle): Promise<void> {
  if (process.env['RECORD_HISTORIES'] === undefined) return;
  const folder = fileURLToPath(new URL('../replay/histories/', import.meta.url));
  mkdirSync(folder, { recursive: true });
  const bytes = History.encode(await handle.fetchHistory()).finish();
  const recorded = { workflowId: handle.workflowId, history: Buffer.from(bytes).toString('base64') };
  writeFileSync(`${folder}${name}.json`, `${JSON.stringify(recorded, null, 2)}\n`);
}

describe('tool calls', () => {
  test('of one turn run at the same time; their observations come in the order of the calls', async () => {
    let open = 0;
    let most = 0;
    const handle = await worker.run({
      model: [
        () => callTools(['look', { of: 'a' }], ['look', { of: 'b' }], ['look', { of: 'c' }]),
        () => say('done'),
      ],
      tools: {
        look: async ({ arguments: { of }, idempotencyKey }) => {
          most = Math.max(most, (open += 1));
          // The last one first: only a barrier shows that all are under way together.
          await eventually('the others', () => Promise.resolve(most === 3 ? true : undefined), {
            timeoutMs: 5_000,
          });
          open -= 1;
          return success(`${String(of)} ${idempotencyKey}`);
        },
      },
      plan: { tools: { look: local } },
    });
    expect(await result(handle)).toEqual({
      output: 'done',
      turns: 2,
      usage: { inputTokens: 2, outputTokens: 2 },
    });
    const key = `${handle.workflowId}/1/`;
    expect(await observations(handle)).toEqual([`a ${key}1`, `b ${key}2`, `c ${key}3`]);
    const told = worker.told.filter((line) => line.startsWith(`${handle.workflowId} `));
    expect(told.map((line) => line.slice(handle.workflowId.length + 1))).toEqual([
      'look success',
      'look success',
      'look success',
      'ended Completed',
    ]);
    await record('parallel-tools', handle);
  });

  test('out of attempts are observations; a lost Once is an unknown outcome', async () => {
    let attempts = 0;
    const handle = await worker.run({
      model: [() => callTools(['flaky'], ['broken'], ['pay']), () => say('done')],
      tools: {
        flaky: async () => {
          if ((attempts += 1) < 3) throw ApplicationFailure.retryable('not yet', 'HTTP.503');
          return success('at last');
        },
        broken: () => Promise.reject(ApplicationFailure.retryable('never', 'HTTP.500')),
        pay: () => Promise.reject(ApplicationFailure.retryable('the worker had to stop', 'WorkerShutdown')),
      },
      plan: { tools: { flaky: local, broken: local, pay: once } },
    });
    await result(handle);
    expect(await observations(handle)).toEqual([
      'at last',
      'The call of broken failed after 3 attempts: HTTP.500: never',
      expect.stringMatching(
        /^Outcome unknown: the call of pay was interrupted \(WorkerShutdown: .*may or may not/,
      ) as string,
    ]);
    await record('failed-tools', handle);
  });

  test('that must not fail end the run and stop the others', async () => {
    let stopped = false;
    const handle = await worker.run({
      model: [() => callTools(['slow'], ['broken'])],
      tools: {
        slow: async () => {
          const beat = setInterval(() => Context.current().heartbeat(), 50);
          await Context.current().cancelled.catch((error: unknown) => {
            clearInterval(beat);
            stopped = true;
            throw error;
          });
          return success('');
        },
        broken: () => Promise.reject(ApplicationFailure.nonRetryable('no', 'Module.Error')),
      },
      plan: { tools: { slow: local, broken: { ...local, onError: 'FailRun' } } },
    });
    expect(await failure(handle)).toMatchObject({
      type: 'ToolCallFailed',
      message: 'tool broken, call 2 of turn 1, failed: Module.Error: no',
    });
    expect(stopped).toBe(true);
    expect((await state(handle)).phase).toBe('Failed');
    await record('failed-run', handle);
  });

  test("of somebody else's activity get its arguments alone and the key as activity id; results are cut or lost, not the run", async () => {
    foreignCalls.length = 0;
    const handle = await worker.run({
      model: [
        () =>
          callTools(
            ['theirs', { city: 'Bonn' }],
            ['theirs', { bytes: 1_000 }],
            ['theirs', { bytes: 3_000_000 }],
          ),
        () => say('done'),
      ],
      plan: { tools: { theirs: foreign } },
    });
    await result(handle);
    expect(foreignCalls).toContainEqual({
      argument: { city: 'Bonn' },
      activityID: `${handle.workflowId}/1/1`,
    });
    const [whole, cut, lost] = await observations(handle);
    expect(whole).toBe('{"got":{"city":"Bonn"}}');
    expect(cut).toBe(`${'x'.repeat(300)}\n[cut: 300 of 1000 bytes shown]`);
    expect(lost).toMatch(/^The call of theirs failed.*size/i);
    await record('foreign-activity', handle);
  });
});

describe('sizes', () => {
  test('observations too large for an argument reach the model by reference', async () => {
    const seen: ModelCallInput[] = [];
    const handle = await worker.run({
      model: [
        () => callTools(...Array.from({ length: 16 }, (_, index) => ['big', { index }] as const)),
        (input) => {
          seen.push(input);
          return say('done');
        },
      ],
      tools: { big: () => Promise.resolve(success('y'.repeat(200_000))) },
      plan: { tools: { big: local } },
    });
    await result(handle);
    expect(seen).toEqual([{ turn: 2, tailStart: 18, tail: [] }]);
    expect((await observations(handle)).length).toBeGreaterThanOrEqual(4);
  });

  test('arguments too large for Temporal are an observation', async () => {
    const handle = await worker.run({
      model: [() => callTools(['big', { text: 'z'.repeat(1_600_000) }]), () => say('done')],
      plan: { tools: { big: local } },
    });
    expect((await result(handle)).output).toBe('done');
  });

  test('a long run continues as new with everything it knows', async () => {
    const keys: string[] = [];
    const handle = await worker.run({
      model: [
        () => callTools(['ask']),
        ...Array.from({ length: 30 }, () => () => callTools(['look'])),
        () => say('done'),
      ],
      tools: {
        look: ({ idempotencyKey }) => {
          keys.push(idempotencyKey);
          return Promise.resolve(success('seen'));
        },
      },
      plan: { tools: { look: local, ask: { kind: 'question' } } },
    });
    await waiting(handle);
    await answer(handle, '1/1', 'blue');
    expect(await result(handle)).toEqual({
      output: 'done',
      turns: 32,
      usage: { inputTokens: 32, outputTokens: 32 },
    });
    expect(keys).toEqual(Array.from({ length: 30 }, (_, index) => `${handle.workflowId}/${index + 2}/1`));
    const last = worker.client.workflow.getHandle(handle.workflowId);
    expect((await last.describe()).runId).not.toBe(handle.firstExecutionRunId);
    expect((await conversation(last)).length).toBe(64);
    await record('continued', last);
    await record(
      'continues',
      worker.client.workflow.getHandle(handle.workflowId, handle.firstExecutionRunId),
    );
  });
});

describe('questions', () => {
  test('wait for an answer; a repeated one is harmless, any other is refused', async () => {
    const handle = await worker.run({
      model: [
        () => callTools(['ask', { question: 'Red or blue?' }], ['ask', { question: 'How many?' }]),
        () => say('done'),
      ],
      plan: { tools: { ask: { kind: 'question', timeout: 60_000 } } },
    });
    expect(await waiting(handle)).toMatchObject({
      phase: 'Waiting',
      waiting: [
        { id: '1/1', kind: 'Question', tool: 'ask', prompt: 'Red or blue?' },
        { id: '1/2', prompt: 'How many?' },
      ],
    });
    await expect(answer(handle, '1/3', 'x')).rejects.toMatchObject({
      cause: {
        message: expect.stringMatching(/no question 1\/3 waits.*open questions: 1\/1, 1\/2/) as string,
      },
    });
    await expect(handle.executeUpdate('answer', { args: ['yes'] })).rejects.toMatchObject({
      cause: { message: expect.stringContaining('an answer is') as string },
    });
    await answer(handle, '1/1', 'blue');
    await answer(handle, '1/1', 'blue');
    await expect(answer(handle, '1/1', 'red')).rejects.toMatchObject({
      cause: { message: expect.stringContaining('answered already') as string },
    });
    await answer(handle, '1/2', 'three');
    await result(handle);
    expect(await observations(handle)).toEqual(['blue', 'three']);
    await record('question-answered', handle);
  });

  test('nobody answers come back to the model', async () => {
    const handle = await worker.run({
      model: [() => callTools(['ask', { question: 'Anyone?' }]), () => say('done')],
      plan: { tools: { ask: { kind: 'question', timeout: 1_000 } } },
    });
    await result(handle);
    expect(await observations(handle)).toEqual(['Nobody answered within 1 s. Go on without an answer.']);
    await record('question-expired', handle);
  });
});

describe('ends', () => {
  test('cancelled: what runs is stopped first, and nothing follows', async () => {
    let stopped = false;
    let turns = 0;
    const handle = await worker.run({
      model: [
        () => {
          turns += 1;
          return callTools(['slow'], ['ask']);
        },
      ],
      tools: {
        slow: async () => {
          const beat = setInterval(() => Context.current().heartbeat(), 50);
          await Context.current().cancelled.finally(() => {
            clearInterval(beat);
            stopped = true;
          });
          return success('');
        },
      },
      plan: { tools: { slow: local, ask: { kind: 'question' } } },
    });
    await waiting(handle);
    await handle.cancel();
    expect((await failure(handle)) as CancelledFailure).toMatchObject({ name: 'CancelledFailure' });
    expect({ stopped, turns, phase: (await state(handle)).phase }).toEqual({
      stopped: true,
      turns: 1,
      phase: 'Canceled',
    });
    await record('cancelled', handle);
  });

  test.each([
    ['an input that is none', { model: [] }, ['hello'], 'InvalidInput', /takes one argument/],
    [
      'a model that refuses',
      { model: [() => Promise.reject(ApplicationFailure.nonRetryable('bad key', 'Model.Authentication'))] },
      [{}],
      'ModelCallFailed',
      /^model call of turn 1 failed: Model.Authentication: bad key$/,
    ],
    [
      'too many turns',
      {
        model: [() => callTools(['look'])],
        tools: { look: () => Promise.resolve(success('')) },
        plan: { tools: { look: local }, limits: { maxTurns: 2 } },
      },
      [{}],
      'LimitExceeded',
      /2 model calls/,
    ],
    [
      'a fault of our own',
      { model: [], plan: { limits: null as never } },
      [{}],
      'InternalError',
      /fault of durable-agents/,
    ],
  ] as const)('failed with its type: %s', async (_name, script, args, type, message) => {
    const handle = await worker.run(script, args);
    expect(await failure(handle)).toMatchObject({
      type,
      message: expect.stringMatching(message) as string,
      nonRetryable: true,
    });
  });

  test('failed at once: an unknown workflow type', async () => {
    const unknown = await worker.client.workflow.start('Durableagent', {
      taskQueue: QUEUE,
      workflowId: 'unknown',
      args: [{}],
    });
    expect(await failure(unknown)).toMatchObject({
      type: 'InvalidInput',
      message: expect.stringContaining('start DurableAgent') as string,
    });
  });
});
