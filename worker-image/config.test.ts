import { describe, expect, test } from 'vitest';
import { WORKER_ENV, WORKER_PORT } from '../crds/v1alpha1/contract.ts';
import { readConfig } from './config.ts';

const environment = {
  [WORKER_ENV.namespace]: 'default',
  [WORKER_ENV.name]: 'guesser',
  [WORKER_ENV.buildID]: '0123456789ab',
  [WORKER_ENV.deploymentName]: 'default_guesser',
  [WORKER_ENV.taskQueue]: 'default.guesser',
  [WORKER_ENV.temporalAddress]: 'temporal:7233',
  [WORKER_ENV.temporalNamespace]: 'default',
  [WORKER_ENV.shutdownGracePeriod]: '30000',
  [WORKER_ENV.maxActivities]: '50',
  [WORKER_ENV.maxWorkflowTasks]: '20',
};

describe('readConfig', () => {
  test('reads what the operator sets; TLS is off unless it says so', () => {
    expect(readConfig(environment)).toMatchObject({
      agent: 'guesser',
      shutdownGracePeriod: 30_000,
      port: WORKER_PORT,
      temporal: { address: 'temporal:7233', tls: false },
    });
    const tls = {
      ...environment,
      [WORKER_ENV.temporalTLS]: 'true',
      [WORKER_ENV.temporalServerName]: 'x.example',
    };
    expect(readConfig(tls).temporal).toMatchObject({ tls: true, serverName: 'x.example' });
  });

  test('reports every problem at once, by the name of the variable', () => {
    const { [WORKER_ENV.buildID]: _gone, ...rest } = environment;
    const broken = { ...rest, [WORKER_ENV.maxActivities]: 'many', [WORKER_ENV.maxWorkflowTasks]: '1' };
    expect(() => readConfig(broken)).toThrow(
      /DURABLE_AGENT_BUILD_ID is missing.*DURABLE_AGENT_MAX_ACTIVITIES must be a number.*DURABLE_AGENT_MAX_WORKFLOW_TASKS/s,
    );
  });
});
