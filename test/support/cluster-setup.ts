import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';
import {
  addresses,
  clusterEnvironment,
  clusterStatus,
  downCluster,
  forwardToHost,
  insideCommand,
  upCluster,
} from '../../local-cluster/cluster.ts';

import { eventually } from './eventually.ts';
import { installChart } from './install-chart.ts';
import { Kube } from './kube.ts';
import { type ClusterFacts, SYSTEM_NAMESPACE } from './facts.ts';

const NAME = 'durable-agents-test';
const WORLD_PORT = 18_080;

/**
 * Brings up the cluster the suites of test/cluster share, installs the chart as a user does, starts the world beside it.
 * DURABLE_AGENTS_TEST_KEEP=1 leaves the cluster up afterwards: the next run is then much quicker.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const keep = process.env['DURABLE_AGENTS_TEST_KEEP'] === '1';
  const log = (message: string) => console.log(`[cluster] ${message}`);
  const { kubeconfig, images } = await upCluster({ name: NAME, log });
  if (images?.operator === undefined || images.worker === undefined)
    throw new Error('the project images were not built');
  const environment = { ...process.env, ...clusterEnvironment(NAME) };
  const services = await installChart({
    environment,
    images: { ...images, operator: images.operator, worker: images.worker },
    log,
  });
  const worldSocket = join(tmpdir(), `${NAME}-world-${process.pid}.sock`);
  const world = await startWorld(worldSocket);

  const facts: ClusterFacts = {
    name: NAME,
    kubeconfig,
    path: environment['PATH'] ?? '',
    auditLog: join((await clusterStatus(NAME)).state, 'logs/audit.log'),
    worldURL: `http://${addresses.node}:${WORLD_PORT}`,
    worldSocket,
    temporalAddress: await forward(kubeconfig, services.frontendService),
    operatorMetricsAddress: await forward(kubeconfig, services.metricsService),
    images: { operator: images.operator, worker: images.worker, temporal: images.temporal },
  };
  project.provide('cluster', facts);

  return async () => {
    world.kill('SIGTERM');
    rmSync(worldSocket, { force: true });
    if (!keep) await downCluster(NAME, log);
  };
}

async function startWorld(socket: string): Promise<ChildProcess> {
  const script = fileURLToPath(new URL('world/server.ts', import.meta.url));
  const [command = '', ...args] = insideCommand(NAME, [
    process.execPath,
    script,
    addresses.node,
    String(WORLD_PORT),
    socket,
  ]);
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ready = once(child.stdout, 'data');
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`the world server ended with code ${String(code)}`);
  });
  await Promise.race([ready, ended]);
  // From here on its end is the teardown's doing.
  ended.catch(() => {});
  return child;
}

/** `127.0.0.1:port` of a Service of the system namespace. Its ClusterIP stays when its pods go. */
async function forward(
  kubeconfig: string,
  service: { readonly name: string; readonly port: number },
): Promise<string> {
  const kube = new Kube(kubeconfig);
  const target = await eventually(`service ${service.name}`, async () => {
    const found = await kube.get(`/api/v1/namespaces/${SYSTEM_NAMESPACE}/services/${service.name}`);
    const { clusterIP } = (found?.['spec'] ?? {}) as { clusterIP?: string };
    return clusterIP === undefined ? undefined : `${clusterIP}:${service.port}`;
  });
  return (await forwardToHost({ name: NAME, target })).address;
}
