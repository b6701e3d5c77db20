import { asyncLocalStorage, type Context } from '@temporalio/activity';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MODEL_ACTIVITY, PLAN_ACTIVITY } from '../workflows/protocol.ts';
import { createActivities } from './activities.ts';
import { testAgent } from './testing/agent.ts';
import { LoopbackServer } from './testing/loopback-server.ts';
import { testStep } from './testing/step.ts';

let server: LoopbackServer;
beforeAll(async () => {
  server = await LoopbackServer.start();
  server.answer = (response, { url }) => void response.end(`called ${url}`);
});
afterAll(() => server[Symbol.asyncDispose]());

const NAMES = ['look', 'callModel', 'loadRunPlan', 'default', 'constructor', 'toString'];

/** As the SDK dispatches: the activity of that name, else `default` (worker.js, `options.activities.get`). */
function dispatch(activityType: string, ...input: unknown[]): Promise<unknown> {
  const tools = NAMES.map((name) => ({ name, description: 'd', http: { url: `${server.url}/${name}` } }));
  const activities = createActivities({
    agent: testAgent({ baseURL: `${server.url}/v1` }, tools),
    conversation: () => Promise.resolve([]),
    metrics: {
      modelRequest: () => undefined,
      tokens: () => undefined,
    },
  });
  const registered = new Map(Object.entries(activities));
  const run = registered.get(activityType) ?? registered.get('default');
  return asyncLocalStorage.run(testStep({ activityType }) as unknown as Context, async () => run?.(...input));
}

const toolCall = { arguments: {}, idempotencyKey: 'w/1/1' };

describe('createActivities', () => {
  it.each(NAMES)('runs a tool called %s', async (name) => {
    expect(await dispatch(name, toolCall)).toEqual({ outcome: 'success', content: `called /${name}` });
  });

  it('gives the plan', async () => {
    expect(await dispatch(PLAN_ACTIVITY)).toMatchObject({ buildID: 'b', model: { name: 'm' } });
  });

  it('calls the model', async () => {
    const input = { turn: 1, tailStart: 0, tail: [{ role: 'user', content: 'hi' }] };
    await expect(dispatch(MODEL_ACTIVITY, input)).rejects.toMatchObject({ type: 'Model.InvalidResponse' });
    expect(server.last?.url).toBe('/v1/chat/completions');
  });

  it.each(['nope', 'valueOf'])('refuses a tool of another version, %s', async (name) => {
    await expect(dispatch(name, toolCall)).rejects.toMatchObject({ type: 'Internal', nonRetryable: true });
  });
});
