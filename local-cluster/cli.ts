import { existsSync } from 'node:fs';

import { parseArguments, type Invocation } from './arguments.ts';
import { ClusterError } from './cluster-error.ts';
import {
  allowHost,
  clusterEnvironment,
  clusterStatus,
  downCluster,
  forwardToHost,
  insideCommand,
  kubeconfigPath,
  upCluster,
} from './cluster.ts';
import { clusterPaths } from './paths.ts';
import { logFile } from './process/daemon.ts';
import { runAttached } from './process/run-command.ts';
import { renderStatus, serverNames } from './status.ts';

const usage = `A real Kubernetes on this machine, in a network of its own.

  npm run cluster -- COMMAND [--name NAME]        NAME is durable-agents unless given

  up                     start it, or what is missing of it; build and import the images that changed
  down                   remove it and every trace of it
  status                 processes, node, addresses, images (exit code 1 when not healthy)
  kubectl ARGS…          kubectl with this cluster's kubeconfig; likewise: helm ARGS…
  exec COMMAND…          run a command in the cluster's network; ctr, kubectl and temporal are on its path
  logs SERVER            follow the log of: ${serverNames.join(', ')}
  images                 build and import what changed, print the references
  forward IP:PORT [N]    make an address of the cluster reachable on 127.0.0.1 (on port N)
  allow HOST:PORT [TO]   let pods reach one host outside (or TO under its name)
`;

const log = (line: string): void => console.error(line);

const bySeconds = (started: number): string => `${((Date.now() - started) / 1000).toFixed(1)} s`;

async function up(name: string): Promise<number> {
  const started = Date.now();
  const { kubeconfig, images } = await upCluster({ name, log });
  log(`${name} is up after ${bySeconds(started)}.`);
  for (const reference of Object.values(images ?? {})) log(`  image ${reference}`);
  console.log(`export KUBECONFIG=${kubeconfig}`);
  return 0;
}

async function down(name: string): Promise<number> {
  const started = Date.now();
  await downCluster(name, log);
  log(`${name} is gone after ${bySeconds(started)}.`);
  return 0;
}

async function status(name: string): Promise<number> {
  const found = await clusterStatus(name);
  process.stdout.write(renderStatus(found));
  return found.healthy ? 0 : 1;
}

function logs(name: string, server: string | undefined): Promise<number> {
  const file = logFile(clusterPaths(name), server ?? '');
  if (server === undefined || !existsSync(file)) {
    throw new ClusterError(
      `Say whose log: ${serverNames.join(', ')}. Pods have theirs: npm run cluster -- kubectl logs POD`,
    );
  }
  return runAttached('tail', ['-n', '100', '-F', file]);
}

async function images(name: string): Promise<number> {
  const { images: built } = await upCluster({ name, log });
  for (const [target, reference] of Object.entries(built ?? {})) console.log(`${target} ${reference}`);
  return 0;
}

function passOn(name: string, program: string, rest: readonly string[]): Promise<number> {
  kubeconfigPath(name); // says so when there is no such cluster
  return runAttached(program, rest, clusterEnvironment(name));
}

function exec(name: string, rest: readonly string[]): Promise<number> {
  const [command = '', ...args] = insideCommand(name, rest.length === 0 ? ['sh'] : rest);
  return runAttached(command, args, clusterEnvironment(name, 'inside'));
}

async function main({ command, name, rest }: Invocation): Promise<number> {
  const [first, second] = rest;
  switch (command) {
    case 'up':
      return up(name);
    case 'down':
      return down(name);
    case 'status':
      return status(name);
    case 'kubectl':
    case 'helm':
      return passOn(name, command, rest);
    case 'exec':
      return exec(name, rest);
    case 'logs':
      return logs(name, first);
    case 'images':
      return images(name);
    case 'forward': {
      const localPort = second === undefined ? {} : { localPort: Number(second) };
      console.log((await forwardToHost({ name, target: first ?? '', ...localPort })).address);
      return 0;
    }
    case 'allow':
      await allowHost(name, first ?? '', second);
      return 0;
    case 'help':
    case '--help':
    case '-h':
      process.stdout.write(usage);
      return 0;
    default:
      log(`There is no command "${command}".\n`);
      log(usage);
      return 2;
  }
}

try {
  process.exitCode = await main(parseArguments(process.argv.slice(2)));
} catch (error) {
  log(error instanceof ClusterError ? error.message : String(error instanceof Error ? error.stack : error));
  process.exitCode = 1;
}
