import { describe, expect, it } from 'vitest';
import { snapshot as schema, type Snapshot } from '../crds/v1alpha1/snapshot.ts';
import type { Effect } from '../crds/v1alpha1/tool.ts';
import { runPlanOf } from './run-plan.ts';
import type { RunPlan } from './workflows/protocol.ts';

const http = { method: 'GET', url: 'http://tools/x' };

function snapshotWith(tools: readonly object[], model: object = {}): Snapshot {
  return schema.parse({
    epoch: 1,
    namespace: 'shop',
    agent: 'a',
    image: 'i',
    instructions: 'x',
    model: { name: 'm', ...model },
    tools: tools.map((tool) => ({ name: 't', description: 'd', ...tool })),
    modules: {},
    limits: { maxTurns: 7 },
  });
}

function plan(tool: object, effect?: Effect): RunPlan['tools'][string] {
  const found = runPlanOf(snapshotWith([tool]), 'b', new Map([['t', effect]])).tools['t'];
  if (found === undefined) throw new Error('no plan');
  return found;
}

describe('runPlanOf', () => {
  it('fills in the defaults of a model call', () => {
    expect(runPlanOf(snapshotWith([]), 'b1', new Map())).toEqual({
      buildID: 'b1',
      model: {
        name: 'm',
        policy: {
          maximumAttempts: 10,
          initialInterval: 1_000,
          backoffCoefficient: 2,
          maximumInterval: 60_000,
          nonRetryableErrorTypes: [],
          startToClose: 600_000,
          heartbeat: 3_000,
        },
      },
      tools: {},
      limits: { maxTurns: 7 },
    });
  });

  it('fills in the defaults of a tool call', () => {
    expect(plan({ http })).toEqual({
      kind: 'local',
      once: false,
      onError: 'ReturnToModel',
      policy: {
        maximumAttempts: 5,
        initialInterval: 1_000,
        backoffCoefficient: 2,
        maximumInterval: 30_000,
        nonRetryableErrorTypes: [],
        startToClose: 60_000,
        heartbeat: 3_000,
      },
    });
  });

  it.each<[string, object, Effect | undefined, boolean]>([
    ['GET', { http }, undefined, false],
    ['HEAD', { http: { ...http, method: 'HEAD' } }, undefined, false],
    ['POST', { http: { ...http, method: 'POST' } }, undefined, true],
    ['DELETE', { http: { ...http, method: 'DELETE' } }, undefined, true],
    [
      'a POST declared Idempotent',
      { http: { ...http, method: 'POST' }, effect: 'Idempotent' },
      undefined,
      false,
    ],
    ['a GET declared Once', { http, effect: 'Once' }, undefined, true],
    ['a module that says nothing', { module: { path: '/t.ts' } }, undefined, true],
    ['a module that reads only', { module: { path: '/t.ts' } }, 'ReadOnly', false],
    ['a module overruled by the spec', { module: { path: '/t.ts' }, effect: 'Once' }, 'ReadOnly', true],
    ['an activity', { activity: { taskQueue: 'q', type: 'a' } }, undefined, true],
    [
      'an idempotent activity',
      { activity: { taskQueue: 'q', type: 'a' }, effect: 'Idempotent' },
      undefined,
      false,
    ],
  ])('knows whether %s happens once', (_, tool, declared, once) => {
    const found = plan(tool, declared);
    expect(found).toMatchObject({ once, policy: { maximumAttempts: once ? 1 : 5 } });
  });

  it('refuses attempts that the effect forbids instead of ignoring them', () => {
    // What the manifest says alone is refused at apply; only the module itself knows its effect.
    const module = { path: '/tools/t.ts' };
    expect(() => plan({ module, retryPolicy: { maximumAttempts: 3 } }, 'Once')).toThrow(
      /Tool "t": retryPolicy.maximumAttempts is 3, but its effect is Once/,
    );
  });

  it('gives no heartbeat timeout to an activity of somebody else, unless asked to', () => {
    const activity = { taskQueue: 'q', type: 'a' };
    expect(plan({ activity })).toMatchObject({
      kind: 'activity',
      taskQueue: 'q',
      type: 'a',
      maxOutputBytes: 65_536,
    });
    expect(plan({ activity })).not.toHaveProperty('policy.heartbeat');
    expect(plan({ activity, timeouts: { heartbeat: '7s' } })).toHaveProperty('policy.heartbeat', 7_000);
  });

  it('keeps the heartbeat below startToClose', () => {
    const timeouts = (given: object) => plan({ http, timeouts: given });
    expect(timeouts({ startToClose: '1s' })).toHaveProperty('policy.heartbeat', 500);
    expect(timeouts({ startToClose: '5s', heartbeat: '4500ms' })).toHaveProperty('policy.heartbeat', 4_500);
    expect(timeouts({ startToClose: '5s', heartbeat: '5s' })).toHaveProperty('policy.heartbeat', 2_500);
  });

  it('never has a maximum interval below the initial one, which Temporal refuses', () => {
    const policy = (retryPolicy: object) => plan({ http, retryPolicy });
    expect(policy({ initialInterval: '2m' })).toHaveProperty('policy.maximumInterval', 120_000);
  });

  it('passes on what is given', () => {
    const found = plan({
      http,
      onError: 'FailRun',
      retryPolicy: { maximumAttempts: 9, backoffCoefficient: '1.5', nonRetryableErrorTypes: ['HTTP.503'] },
      timeouts: { scheduleToClose: '10m' },
    });
    expect(found).toMatchObject({
      onError: 'FailRun',
      policy: {
        maximumAttempts: 9,
        backoffCoefficient: 1.5,
        nonRetryableErrorTypes: ['HTTP.503'],
        scheduleToClose: 600_000,
      },
    });
  });

  it('waits for a person as long as scheduleToClose says', () => {
    const builtin = { name: 'AskPerson' };
    expect(plan({ builtin })).toEqual({ kind: 'question' });
    expect(plan({ builtin, timeouts: { scheduleToClose: '72h' } })).toEqual({
      kind: 'question',
      timeout: 259_200_000,
    });
  });

  it.each(['constructor', 'toString', '__proto__'])('holds a tool called %s', (name) => {
    const found = runPlanOf(snapshotWith([{ name, http }]), 'b', new Map());
    expect(Object.hasOwn(found.tools, name)).toBe(true);
    expect(Object.hasOwn(JSON.parse(JSON.stringify(found)).tools as object, name)).toBe(true);
  });
});
