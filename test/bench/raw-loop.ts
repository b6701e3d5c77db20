/** Workflow code of the lower bound: as many no-op activities, one after another, as an agent run makes. */
import { proxyActivities } from '@temporalio/workflow';

const { nothing } = proxyActivities<{ nothing(): Promise<void> }>({ startToCloseTimeout: '1m' });

export async function rawLoop(activities: number): Promise<void> {
  for (let index = 0; index < activities; index += 1) await nothing();
}
