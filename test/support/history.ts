import type { Client } from '@temporalio/client';

/** One activity of a run, as the history has it. */
export interface Step {
  readonly name: string;
  /** Attempts the history records: the number of the attempt that ended it. */
  readonly attempts: number;
  readonly completed: boolean;
  readonly scheduledAt: number;
  readonly completedAt: number | undefined;
}

/** The steps of the latest run of a workflow, in the order they were scheduled. */
export async function stepsOf(client: Client, workflowID: string): Promise<readonly Step[]> {
  const history = await client.workflow.getHandle(workflowID).fetchHistory();
  const steps = new Map<string, Step>();
  for (const event of history.events ?? []) {
    const at = Number(event.eventTime?.seconds ?? 0) * 1_000 + (event.eventTime?.nanos ?? 0) / 1e6;
    const scheduled = event.activityTaskScheduledEventAttributes;
    if (scheduled) {
      steps.set(String(event.eventId), {
        name: scheduled.activityType?.name ?? '',
        attempts: 0,
        completed: false,
        scheduledAt: at,
        completedAt: undefined,
      });
    }
    const started = event.activityTaskStartedEventAttributes;
    if (started) change(steps, String(started.scheduledEventId), { attempts: started.attempt ?? 1 });
    const completed = event.activityTaskCompletedEventAttributes;
    if (completed) change(steps, String(completed.scheduledEventId), { completed: true, completedAt: at });
  }
  return [...steps.values()];
}

function change(steps: Map<string, Step>, id: string, facts: Partial<Step>): void {
  const step = steps.get(id);
  if (step !== undefined) steps.set(id, { ...step, ...facts });
}
