import { describe, expect, test } from 'vitest';
import { ConfigError, readConfig } from './config.ts';

const required = {
  DURABLE_AGENTS_WORKER_IMAGE: 'worker:1',
  DURABLE_AGENTS_TEMPORAL_ADDRESS: 'temporal:7233',
};

describe('readConfig', () => {
  test('defaults', () => {
    const { lease, ...config } = readConfig({ ...required, PATH: '/bin' }, [], 'durable-system');
    expect(config).toEqual({
      watchNamespaces: [],
      workerImage: 'worker:1',
      temporal: { address: 'temporal:7233', namespace: 'default', tls: false },
      leaderElection: true,
      httpPort: 8080,
      logLevel: 'info',
      drainConfirmationSeconds: 60,
      resyncSeconds: 600,
      sampleIntervalSeconds: 5,
    });
    expect(lease).toMatchObject({ namespace: 'durable-system', name: 'durable-agents-operator' });
  });

  test('flags win over variables, empty variables count as absent, lists are sorted sets', () => {
    const config = readConfig(
      {
        ...required,
        DURABLE_AGENTS_HTTP_PORT: '9000',
        DURABLE_AGENTS_LOG_LEVEL: '',
        DURABLE_AGENTS_WATCH_NAMESPACES: 'b, a,b',
      },
      ['--http-port=9001', '--temporal-tls=true'],
    );
    expect(config).toMatchObject({
      httpPort: 9001,
      logLevel: 'info',
      watchNamespaces: ['a', 'b'],
      temporal: { tls: true },
    });
  });

  test('says everything that is wrong at once, for people', () => {
    const environment = {
      DURABLE_AGENTS_HTTP_PORT: '80800',
      DURABLE_AGENTS_LEADER_ELECTION: 'yes',
      DURABLE_AGENTS_TYPO: '1',
    };
    const read = () => readConfig(environment, ['--drain', '--resync-seconds=1']);
    expect(read).toThrow(ConfigError);
    for (const part of [
      'DURABLE_AGENTS_WORKER_IMAGE is required',
      'DURABLE_AGENTS_TEMPORAL_ADDRESS is required',
      'DURABLE_AGENTS_HTTP_PORT must be between 0 and 65535',
      'DURABLE_AGENTS_LEADER_ELECTION must be true or false',
      'DURABLE_AGENTS_RESYNC_SECONDS must be between 10 and 86400',
      'DURABLE_AGENTS_TYPO is no setting',
      '--drain: flags look like',
    ]) {
      expect(read).toThrow(part);
    }
  });

  test("the kubelet's variables about a Service called durable-agents are none of ours", () => {
    const links = {
      DURABLE_AGENTS_PORT: 'tcp://10.96.0.7:80',
      DURABLE_AGENTS_SERVICE_HOST: '10.96.0.7',
      DURABLE_AGENTS_SERVICE_PORT_HTTP: '80',
      DURABLE_AGENTS_PORT_80_TCP_ADDR: '10.96.0.7',
      DURABLE_AGENTS_HTTP_PORT: 'tcp://10.96.0.8:80',
    };
    expect(readConfig({ ...required, ...links }, []).httpPort).toBe(8080);
  });
});
