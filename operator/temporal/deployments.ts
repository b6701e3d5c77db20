import { CHANGE_MS, IDENTITY, type TemporalChannel, type Wire } from './channel.ts';
import { isNotFound } from './errors.ts';
import type { DeploymentVersion, TemporalClient, WorkerDeployment } from './port.ts';

type Deployments = Pick<
  TemporalClient,
  'describeWorkerDeployment' | 'hasPollers' | 'setCurrentVersion' | 'deleteVersion' | 'deleteWorkerDeployment'
>;

/** temporal.api.enums.v1.VersionDrainageStatus. */
const DRAINAGE: Readonly<Record<number, DeploymentVersion['drainage']>> = { 1: 'Draining', 2: 'Drained' };

/** temporal.api.enums.v1.TaskQueueType. */
const WORKFLOW_TASKS = 1;
const ACTIVITY_TASKS = 2;

/** Worker Deployments and their versions: which build ID new runs start on. */
export function deploymentsOf(channel: TemporalChannel): Deployments {
  return {
    describeWorkerDeployment: (deploymentName) =>
      channel.call(`describe worker deployment ${deploymentName}`, (wire) => describe(wire, deploymentName)),

    hasPollers: ({ deploymentName, buildID, taskQueue }) =>
      channel.call(`describe version ${deploymentName}:${buildID}`, async ({ service, namespace }) => {
        try {
          const { versionTaskQueues, workerDeploymentVersionInfo } =
            await service.describeWorkerDeploymentVersion({
              namespace,
              deploymentVersion: { deploymentName, buildId: buildID },
            });
          // Servers before 1.29 know only the older of the two lists; they hold the same.
          const queues = versionTaskQueues?.length
            ? versionTaskQueues
            : (workerDeploymentVersionInfo?.taskQueueInfos ?? []);
          const types = new Set(queues.filter(({ name }) => name === taskQueue).map(({ type }) => type));
          return types.has(WORKFLOW_TASKS) && types.has(ACTIVITY_TASKS);
        } catch (error) {
          if (isNotFound(error)) return false;
          throw error;
        }
      }),

    setCurrentVersion: ({ deploymentName, buildID, conflictToken }) =>
      channel.call(
        `make ${buildID} the current version of ${deploymentName}`,
        async ({ service, namespace }) => {
          await service.setWorkerDeploymentCurrentVersion({
            namespace,
            deploymentName,
            buildId: buildID,
            conflictToken,
            identity: IDENTITY,
          });
        },
        CHANGE_MS,
      ),

    deleteVersion: ({ deploymentName, buildID }) =>
      channel.call(
        `delete version ${deploymentName}:${buildID}`,
        (wire) => deleteVersion(wire, { deploymentName, buildID, skipDrainage: false }),
        CHANGE_MS,
      ),

    deleteWorkerDeployment: async (deploymentName) => {
      const what = `delete worker deployment ${deploymentName}`;
      const found = await channel.call(what, (wire) => describe(wire, deploymentName));
      if (found === undefined) return;
      if (found.currentBuildID !== undefined) {
        await channel.call(
          what,
          async ({ service, namespace }) => {
            // An empty build ID means "unversioned". A current version cannot be deleted.
            await service.setWorkerDeploymentCurrentVersion({
              namespace,
              deploymentName,
              buildId: '',
              conflictToken: found.conflictToken,
              identity: IDENTITY,
              ignoreMissingTaskQueues: true,
            });
          },
          CHANGE_MS,
        );
      }
      for (const { buildID } of found.versions) {
        await channel.call(
          what,
          (wire) => deleteVersion(wire, { deploymentName, buildID, skipDrainage: true }),
          CHANGE_MS,
        );
      }
      await channel.call(
        what,
        async ({ service, namespace }) => {
          try {
            await service.deleteWorkerDeployment({ namespace, deploymentName, identity: IDENTITY });
          } catch (error) {
            if (!isNotFound(error)) throw error;
          }
        },
        CHANGE_MS,
      );
    },
  };
}

async function describe(
  { service, namespace }: Wire,
  deploymentName: string,
): Promise<WorkerDeployment | undefined> {
  try {
    const { workerDeploymentInfo, conflictToken } = await service.describeWorkerDeployment({
      namespace,
      deploymentName,
    });
    const routing = workerDeploymentInfo?.routingConfig;
    return {
      currentBuildID: routing?.currentDeploymentVersion?.buildId || undefined,
      rampingBuildID: routing?.rampingDeploymentVersion?.buildId || undefined,
      versions: (workerDeploymentInfo?.versionSummaries ?? [])
        .map(({ deploymentVersion, drainageInfo, drainageStatus }) => ({
          buildID: deploymentVersion?.buildId ?? '',
          drainage: DRAINAGE[drainageInfo?.status ?? drainageStatus ?? 0] ?? 'Unspecified',
        }))
        .toSorted((a, b) => (a.buildID < b.buildID ? -1 : 1)),
      conflictToken: conflictToken ?? new Uint8Array(),
    };
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

async function deleteVersion(
  { service, namespace }: Wire,
  version: { readonly deploymentName: string; readonly buildID: string; readonly skipDrainage: boolean },
): Promise<void> {
  const { deploymentName, buildID, skipDrainage } = version;
  try {
    await service.deleteWorkerDeploymentVersion({
      namespace,
      deploymentVersion: { deploymentName, buildId: buildID },
      skipDrainage,
      identity: IDENTITY,
    });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}
