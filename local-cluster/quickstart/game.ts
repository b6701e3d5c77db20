import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import type { AgentRun } from '../../crds/v1alpha1/kinds.ts';
import { ClusterError } from '../cluster.ts';
import { AGENT } from './example.ts';
import { readLedgers, type LedgerAddresses } from './ledgers.ts';
import { killWorker } from './kill-worker.ts';
import { seconds, type Progress } from './progress.ts';
import { newLines, shortWorker } from './step-lines.ts';
import { stepsOf, type Step } from './steps.ts';
import { EXAMPLE_NAMESPACE, type Target } from './target.ts';
import type { BeforeKill } from './verdict.ts';

/** Completed steps before the kill: three turns. */
const STEPS_BEFORE_KILL = 6;
const POLL_MS = 150;
const LIMIT_MS = 300_000;
const LABEL = 'app.kubernetes.io/part-of';

export interface Game {
  readonly run: AgentRun;
  readonly steps: readonly Step[];
  readonly before: BeforeKill;
}

/** Creates the AgentRun; those of earlier quickstarts go, so that an interrupted one does not play on. */
export async function startRun({ kubectl }: Target, name: string, input: string): Promise<void> {
  const inNamespace = ['--namespace', EXAMPLE_NAMESPACE];
  await kubectl.run(['delete', 'arun', ...inNamespace, '--selector', `${LABEL}=quickstart`, '--wait=false']);
  const run = {
    apiVersion: 'durableagents.dev/v1alpha1',
    kind: 'AgentRun',
    metadata: { name, labels: { [LABEL]: 'quickstart' } },
    spec: { agentRef: { name: AGENT }, input },
  };
  await kubectl.apply(EXAMPLE_NAMESPACE, [run]);
}

/** Follows the run step by step, kills its worker in the middle, and returns when the AgentRun is over. */
export async function playGame(
  target: Target,
  addresses: LedgerAddresses & { readonly temporal: string },
  name: string,
  progress: Progress,
): Promise<Game> {
  const workflowID = await workflowOf(target, name);
  progress.line(`AgentRun ${name} is workflow ${workflowID}`);
  const connection = await Connection.connect({ address: addresses.temporal });
  try {
    const handle = new Client({ connection }).workflow.getHandle(workflowID);
    const deadline = Date.now() + LIMIT_MS;
    let steps: readonly Step[] = [];
    let before: BeforeKill | undefined;
    let killed: { readonly at: number; readonly worker: string } | undefined;
    let isBack = false;
    for (;;) {
      const description = await handle.describe();
      const now = stepsOf(await handle.fetchHistory(), description.raw.pendingActivities);
      for (const line of newLines(steps, now)) progress.line(line);
      steps = now;
      const first = killed === undefined || isBack ? undefined : steps.find(isTakeover(killed));
      if (killed !== undefined && first?.completedAt !== undefined) {
        isBack = true;
        const worker = shortWorker(first.worker ?? '?');
        progress.highlight(
          `${seconds(first.completedAt - killed.at)} after the kill: worker ${worker} goes on with the run`,
        );
      }
      if (description.status.name !== 'RUNNING') break;
      before ??= await killWhenDue();
      if (Date.now() > deadline)
        throw new ClusterError(
          `The run is not over after ${seconds(LIMIT_MS)}: kubectl describe arun ${name}`,
        );
      await sleep(POLL_MS);
    }
    if (before === undefined) throw new ClusterError('The run ended before its worker could be killed.');
    return { run: await finishedRun(target, name), steps, before };

    async function killWhenDue(): Promise<BeforeKill | undefined> {
      const running = steps.find(({ state }) => state === 'running');
      const isDue = steps.filter(({ state }) => state === 'completed').length >= STEPS_BEFORE_KILL;
      if (!isDue || running?.worker === undefined) return undefined;
      // The order matters: the steps were read before the ledgers, and both before the kill.
      const known = { steps, ledgers: await readLedgers(addresses) };
      const done = await killWorker(target, running.worker);
      killed = { at: Date.now(), worker: running.worker };
      progress.highlight(
        `KILL  ${done.pod}: ${done.how}, in the middle of step ${steps.indexOf(running) + 1}`,
      );
      return known;
    }
  } finally {
    await connection.close();
  }
}

/** A step of somebody who took over: what the killed one still completed as it went down does not count. */
const isTakeover =
  (killed: { readonly at: number; readonly worker: string }) =>
  ({ completedAt, worker, attempt }: Step): boolean =>
    completedAt !== undefined && completedAt > killed.at && (worker !== killed.worker || attempt > 1);

async function workflowOf(target: Target, name: string): Promise<string> {
  const run = await awaitRun(
    target,
    name,
    'to start',
    ({ status }) => status?.conditions?.some(isTrue('Started')) === true,
  );
  return run.status?.workflowID ?? '';
}

const finishedRun = (target: Target, name: string): Promise<AgentRun> =>
  awaitRun(
    target,
    name,
    'to be reported as over',
    ({ status }) => status?.conditions?.some(isTrue('Completed')) === true,
  );

const isTrue =
  (wanted: string) =>
  ({ type, status }: { readonly type: string; readonly status: string }): boolean =>
    type === wanted && status === 'True';

async function awaitRun(
  { kubectl }: Target,
  name: string,
  what: string,
  test: (run: AgentRun) => boolean,
): Promise<AgentRun> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const run = await kubectl.json<AgentRun>(['get', 'arun', name, '--namespace', EXAMPLE_NAMESPACE]);
    if (test(run)) return run;
    if (Date.now() > deadline) {
      const state = JSON.stringify(run.status?.conditions ?? 'no conditions');
      throw new ClusterError(`Waited a minute for AgentRun ${name} ${what}. Its conditions: ${state}`);
    }
    await sleep(300);
  }
}
