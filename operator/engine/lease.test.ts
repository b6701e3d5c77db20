import { describe, expect, test } from 'vitest';
import { RetryableError } from '../errors.ts';
import { KubeError, type KubeObject } from '../kube/port.ts';
import { LEASE_DURATION_MS, LeaderLease, RENEW_DEADLINE_MS, RETRY_MS, type LeaseOptions } from './lease.ts';
import { ManualClock, settle } from './manual-clock.ts';

/** One Lease with optimistic updates. `down` refuses every call. */
class LeaseServer {
  lease: KubeObject | undefined;
  down = false;
  #version = 0;

  readonly kube = {
    get: async () => (this.#up(), this.lease),
    create: async (_type: unknown, object: KubeObject) => {
      this.#up();
      if (this.lease !== undefined) throw new KubeError('AlreadyExists', 'exists');
      return this.#store(object);
    },
    replace: async (_type: unknown, object: KubeObject) => {
      this.#up();
      if (object.metadata.resourceVersion !== this.lease?.metadata.resourceVersion)
        throw new KubeError('Conflict', 'changed');
      return this.#store(object);
    },
  } as unknown as LeaseOptions['kube'];

  #up(): void {
    if (this.down) throw new RetryableError('no answer');
  }

  #store(object: KubeObject): KubeObject {
    this.#version += 1;
    this.lease = { ...object, metadata: { ...object.metadata, resourceVersion: String(this.#version) } };
    return this.lease;
  }
}

function candidate(server: LeaseServer, identity: string, clock: ManualClock) {
  const lease = new LeaderLease({
    kube: server.kube,
    key: { namespace: 'system', name: 'operator' },
    identity,
    clock,
    onTrouble: () => undefined,
  });
  const stop = new AbortController();
  const history: string[] = [];
  const done = (async () => {
    if (!(await lease.acquire(stop.signal))) return;
    history.push('leads');
    history.push(await lease.hold(stop.signal));
  })();
  return { lease, history, stop: async () => (stop.abort(), done) };
}

describe('LeaderLease', () => {
  test('one leads; when it stops and releases, the other takes over within the retry period', async () => {
    const clock = new ManualClock();
    const server = new LeaseServer();
    const first = candidate(server, 'first', clock);
    await clock.advance(100);
    const second = candidate(server, 'second', clock);
    await clock.advance(60_000);
    expect([first.lease.isLeader(), second.lease.isLeader()]).toEqual([true, false]);
    expect(() => second.lease.assertLeader()).toThrow(RetryableError);
    await first.stop();
    await first.lease.release();
    expect(first.lease.isLeader()).toBe(false);
    await clock.advance(RETRY_MS);
    expect(second.lease.isLeader()).toBe(true);
    await second.stop();
  });

  test('a stopped process is no leader in the first moment after it wakes up, before any timer', async () => {
    const clock = new ManualClock();
    const server = new LeaseServer();
    const only = candidate(server, 'only', clock);
    await clock.advance(5_000);
    expect(only.lease.isLeader()).toBe(true);
    clock.freeze(RENEW_DEADLINE_MS);
    expect(() => only.lease.assertLeader()).toThrow(RetryableError);
    await clock.advance(RETRY_MS);
    expect(only.history).toEqual(['leads', 'lost']);
  });

  test('a leader that cannot renew stops before another one can start', async () => {
    const here = new ManualClock();
    const there = new ManualClock();
    const server = new LeaseServer();
    const old = candidate(server, 'old', here);
    await here.advance(3_000);
    const next = candidate(server, 'next', there);
    await there.advance(1_000);
    // From now on only the new one reaches the server. Both clocks run alike.
    let both = 0;
    let gap = 0;
    for (let elapsed = 0; elapsed < 30_000; elapsed += 250) {
      server.down = true;
      await here.advance(250);
      server.down = false;
      await there.advance(250);
      if (old.lease.isLeader() && next.lease.isLeader()) both += 1;
      if (!old.lease.isLeader() && !next.lease.isLeader()) gap += 250;
    }
    expect(both).toBe(0);
    expect(old.history).toEqual(['leads', 'lost']);
    expect(next.lease.isLeader()).toBe(true);
    // Room for a write that left in the last moment of the old leader.
    expect(gap).toBeGreaterThanOrEqual(LEASE_DURATION_MS - RENEW_DEADLINE_MS);
    await next.stop();
  });

  test('two that find no Lease: one wins', async () => {
    const clock = new ManualClock();
    const server = new LeaseServer();
    const candidates = ['a', 'b'].map((identity) => candidate(server, identity, clock));
    await settle();
    expect(candidates.filter(({ lease }) => lease.isLeader())).toHaveLength(1);
    await Promise.all(candidates.map(({ stop }) => stop()));
  });

  test('an outage shorter than the deadline costs nothing', async () => {
    const clock = new ManualClock();
    const server = new LeaseServer();
    const only = candidate(server, 'only', clock);
    await clock.advance(3_000);
    server.down = true;
    await clock.advance(6_500);
    server.down = false;
    await clock.advance(3_000);
    expect(only.lease.isLeader()).toBe(true);
    expect(only.history).toEqual(['leads']);
    await only.stop();
  });
});
