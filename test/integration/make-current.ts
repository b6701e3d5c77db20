import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';

export interface Version {
  readonly deploymentName: string;
  readonly buildID: string;
}

/** Makes a version current, as the operator does, once Temporal has seen its workers poll. */
export async function makeCurrent(client: Client, { deploymentName, buildID }: Version): Promise<void> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    try {
      await client.workflowService.setWorkerDeploymentCurrentVersion({
        namespace: 'default',
        deploymentName,
        buildId: buildID,
      });
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await sleep(200);
    }
  }
}
