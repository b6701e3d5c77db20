import { describe, expect, it } from 'vitest';
import { isSilent, latestStatus, makeRunMemories, noteSilence } from './memory.ts';
import { foreignness } from './observe.ts';
import { agentRun } from './observed-fixtures.ts';
import type { AgentView } from './observed.ts';

describe('foreignness', () => {
  const ready: AgentView = { kind: 'ready', taskQueue: 'team-a.agent' };
  const missing: AgentView = { kind: 'missing' };
  const own = { workflowType: 'DurableAgent', taskQueue: 'team-a.agent' };
  const fixed = agentRun({ workflowID: 'shared' });

  it.each([
    ['its own run', own, agentRun(), ready, false],
    ['its own run by a fixed ID', own, fixed, ready, false],
    ['its own run while the agent is away', own, fixed, missing, false],
    [
      'its own run after the agent came back on another queue',
      { ...own, taskQueue: 'team-a.old' },
      agentRun(),
      ready,
      false,
    ],
    ["another agent's run", { ...own, taskQueue: 'team-a.other' }, fixed, ready, true],
    ["another tenant's run", { ...own, taskQueue: 'team-b.agent' }, fixed, ready, true],
    ["another tenant's run, the agent away", { ...own, taskQueue: 'team-b.agent' }, fixed, missing, true],
    ['a tenant whose name begins alike', { ...own, taskQueue: 'team-ab.agent' }, fixed, ready, true],
    ['another workflow type', { ...own, workflowType: 'Payment' }, fixed, ready, true],
  ] as const)('%s', (_name, description, run, agent, foreign) => {
    const verdict = foreignness(description, { run, namespace: 'team-a', workflowID: 'shared', agent });
    expect(verdict !== undefined).toBe(foreign);
  });
});

describe('RunMemory', () => {
  it('forgets an earlier resource of the same name', () => {
    const memories = makeRunMemories();
    const first = memories.of('team-a/run', 'u1');
    expect(memories.of('team-a/run', 'u1')).toBe(first);
    expect(memories.of('team-a/run', 'u2')).not.toBe(first);
  });

  it('asks a silent run ever less often, and at once when it moved', () => {
    const memory = makeRunMemories().of('team-a/run', 'u1');
    const waits: number[] = [];
    for (let now = 0, round = 0; round < 6; round += 1) {
      noteSilence(memory, 5, now);
      const until = memory.silence?.until ?? 0;
      waits.push(until - now);
      expect(isSilent(memory, 5, until - 1)).toBe(true);
      expect(isSilent(memory, 6, now)).toBe(false);
      now = until;
    }
    expect(waits).toEqual([5_000, 10_000, 20_000, 40_000, 60_000, 60_000]);
  });
});

describe('latestStatus', () => {
  const old = { phase: 'Pending' } as const;
  const written = { phase: 'Running' } as const;

  it('is what was written until it shows up, and what is stored from then on', () => {
    const memory = makeRunMemories().of('team-a/run', 'u1');
    expect(latestStatus(memory, undefined, 0)).toEqual({});
    memory.written = { at: 0, status: written };
    expect(latestStatus(memory, old, 100)).toEqual(written);
    expect(latestStatus(memory, { ...written }, 200)).toEqual(written);
    expect(latestStatus(memory, old, 300)).toEqual(old);
  });

  it('gives way to somebody who wrote another', () => {
    const memory = makeRunMemories().of('team-a/run', 'u1');
    memory.written = { at: 0, status: written };
    expect(latestStatus(memory, old, 10_000)).toEqual(old);
  });
});
