import { join } from 'node:path';
import { repositoryRoot } from '../paths.ts';
import { run } from '../process/run-command.ts';
import type { Progress } from './progress.ts';
import { RELEASE, SYSTEM_NAMESPACE, type Target } from './target.ts';
import { waitForRollout } from './wait-rollout.ts';

/** `helm upgrade --install` of the chart of this checkout, until the operator and Temporal are ready. */
export async function installOperator(target: Target, progress: Progress): Promise<void> {
  const { kubectl } = target;
  await kubectl.apply('default', [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: SYSTEM_NAMESPACE } },
  ]);
  await forgetInterruptedInstall(target);
  const values = await chartValues(target);
  const chart = join(repositoryRoot, 'charts/durable-agents');
  const args = ['upgrade', '--install', RELEASE, chart, '--namespace', SYSTEM_NAMESPACE, '--values', '-'];
  progress.line(`helm ${args.slice(0, -2).join(' ').replace(`${repositoryRoot}/`, '')}`);
  await run('helm', [...target.helmFlags, ...args], {
    env: target.environment,
    input: JSON.stringify(values),
    timeoutMs: 300_000,
  });
  for (const workload of [`statefulset/${RELEASE}-temporal`, `deployment/${RELEASE}-operator`]) {
    await waitForRollout(kubectl, SYSTEM_NAMESPACE, workload);
    progress.line(`${workload} is ready`);
  }
}

/** A Helm that was interrupted leaves a release that refuses every further one: "another operation is in progress". */
async function forgetInterruptedInstall({ kubectl }: Target): Promise<void> {
  const pending = 'status in (pending-install, pending-upgrade, pending-rollback)';
  const selector = `owner=helm,name=${RELEASE},${pending}`;
  await kubectl.run(['delete', 'secret', '--namespace', SYSTEM_NAMESPACE, '--selector', selector]);
}

async function chartValues(target: Target): Promise<object> {
  const { images } = target;
  return {
    operator: { image: imageValue(images.operator), sampleIntervalSeconds: 1 },
    worker: { image: imageValue(images.worker) },
    temporal: {
      embedded: {
        persistence: await target.preparePersistence(),
        ...(images.temporal === undefined ? {} : { image: imageValue(images.temporal) }),
      },
    },
  };
}

/** The tag is behind the last colon: a registry may have a port. */
function imageValue(reference: string): { readonly repository: string; readonly tag: string } {
  const colon = reference.lastIndexOf(':');
  return { repository: reference.slice(0, colon), tag: reference.slice(colon + 1) };
}
