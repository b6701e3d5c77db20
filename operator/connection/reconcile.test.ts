import { describe, expect, it } from 'vitest';
import { temporalConnectionStatus } from '../../crds/v1alpha1/temporal-connection.ts';
import type { TemporalConnection } from '../../crds/v1alpha1/kinds.ts';
import { connectionStatus, type Probe } from './reconcile.ts';

const t0 = new Date('2026-11-21T00:00:00.000Z');
const t1 = new Date('2026-11-21T00:01:00.000Z');
const fresh: TemporalConnection = {
  apiVersion: 'durableagents.dev/v1alpha1',
  kind: 'TemporalConnection',
  metadata: { name: 'cloud', namespace: 'team-a', generation: 3 },
  spec: { address: 'cloud.example:7233', namespace: 'prod' },
};
const connected: Probe = { kind: 'connected', server: { serverVersion: '1.29.1', supportsVersioning: true } };
const old: Probe = { kind: 'connected', server: { serverVersion: '1.24.0', supportsVersioning: false } };
const away: Probe = { kind: 'failed', reason: 'Unreachable', message: 'no answer' };

const summary = (connection: TemporalConnection, probe: Probe) =>
  (connectionStatus(connection, probe, t0).conditions ?? []).map(
    ({ type, status, reason }) => `${type}=${status}/${reason}`,
  );

describe('connectionStatus', () => {
  it.each([
    [connected, ['Ready=True/Connected', 'Compatible=True/VersioningSupported']],
    [old, ['Ready=False/VersioningUnsupported', 'Compatible=False/VersioningUnsupported']],
    [away, ['Ready=False/Unreachable', 'Compatible=Unknown/Unknown']],
  ] as const)('%j', (probe, expected) => {
    expect(summary(fresh, probe)).toEqual(expected);
    expect(temporalConnectionStatus.safeParse(connectionStatus(fresh, probe, t0)).success).toBe(true);
  });

  it('is equal when nothing changed: no status write', () => {
    const status = connectionStatus(fresh, connected, t0);
    expect(connectionStatus({ ...fresh, status }, connected, t1)).toEqual(status);
  });

  it('keeps version and compatibility of a server that went away', () => {
    const status = connectionStatus({ ...fresh, status: connectionStatus(fresh, connected, t0) }, away, t1);
    expect(status.serverVersion).toBe('1.29.1');
    expect(
      status.conditions?.map(({ status: value, lastTransitionTime }) => [value, lastTransitionTime]),
    ).toEqual([
      ['False', t1.toISOString()],
      ['True', t0.toISOString()],
    ]);
  });
});
