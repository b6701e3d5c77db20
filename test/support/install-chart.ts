import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type ClusterFacts, SYSTEM_NAMESPACE } from './facts.ts';

const run = promisify(execFile);

export const CHART = fileURLToPath(new URL('../../charts/durable-agents', import.meta.url));
const RELEASE = 'durable-agents';

/** The chart's values for images that were built here and imported, and for quick proofs. */
export function chartValues(images: ClusterFacts['images']): readonly string[] {
  return [
    ...imageValues('operator.image', images.operator),
    ...imageValues('worker.image', images.worker),
    ...imageValues('temporal.embedded.image', images.temporal),
    // No storage provisioner here: the histories of a test live as long as its Temporal.
    'temporal.embedded.persistence.enabled=false',
    'temporal.embedded.resources.limits.memory=2Gi',
    // A proof that waits a minute for an old version to go proves no more than one that waits 3 s.
    'operator.drainConfirmationSeconds=3',
    'operator.sampleIntervalSeconds=1',
    // Temporal's own view of a version without runs is minutes old by default.
    'temporal.embedded.dynamicConfig.matching\\.wv\\.VersionDrainageStatusVisibilityGracePeriod=3s',
    'temporal.embedded.dynamicConfig.matching\\.wv\\.VersionDrainageStatusRefreshInterval=3s',
    'temporal.embedded.dynamicConfig.matching\\.PollerHistoryTTL=5s',
  ].flatMap((value) => ['--set', value]);
}

function imageValues(path: string, reference: string): readonly string[] {
  const colon = reference.lastIndexOf(':');
  return [`${path}.repository=${reference.slice(0, colon)}`, `${path}.tag=${reference.slice(colon + 1)}`];
}

/** Installs or upgrades the chart and waits until everything is ready. Returns the Services a test talks to. */
export async function installChart(options: {
  readonly environment: NodeJS.ProcessEnv;
  readonly images: ClusterFacts['images'];
  readonly log: (message: string) => void;
}) {
  options.log('installing the chart');
  const args = [
    'upgrade',
    '--install',
    RELEASE,
    CHART,
    '--namespace',
    SYSTEM_NAMESPACE,
    '--create-namespace',
  ];
  await run('helm', [...args, '--wait', '--timeout', '4m', ...chartValues(options.images)], {
    env: options.environment,
    maxBuffer: 64 << 20,
  });
  return {
    frontendService: { name: `${RELEASE}-temporal`, port: 7233 },
    metricsService: { name: `${RELEASE}-operator`, port: 8080 },
  };
}
