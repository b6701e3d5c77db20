import type { ContainerState, PodObject } from '../live-objects.ts';

/** The workers of one version, by their pods. */
export interface WorkerHealth {
  /** Pods that are not on their way out. */
  readonly running: number;
  readonly ready: number;
  /** Pods of any kind, those that terminate included. */
  readonly pods: number;
  /** Why workers are not ready, when a pod says so; the most serious one. */
  readonly problem: WorkerProblem | undefined;
}

export interface WorkerProblem {
  readonly reason: 'ImagePullFailed' | 'WorkerFailed' | 'WorkersStarting';
  readonly message: string;
}

/** Longest account of a failed worker that goes into a status, in bytes. */
const MAX_MESSAGE_BYTES = 1_024;

const IMAGE_REASONS: ReadonlySet<string> = new Set([
  'ErrImagePull',
  'ImagePullBackOff',
  'InvalidImageName',
  'ErrImageNeverPull',
  'ImageInspectError',
]);
const CONTAINER_REASONS: ReadonlySet<string> = new Set([
  'CreateContainerConfigError',
  'CreateContainerError',
  'RunContainerError',
]);

/** By seriousness, first one told. */
const CHECKS: readonly ((pod: PodObject) => WorkerProblem | undefined)[] = [
  imageNotPulled,
  workerFailed,
  containerNotCreated,
  notScheduled,
];

export function workerHealth(pods: readonly PodObject[]): WorkerHealth {
  const running = pods.filter((pod) => pod.metadata.deletionTimestamp === undefined && !isOver(pod));
  const unready = running.filter((pod) => !isReady(pod));
  return {
    running: running.length,
    ready: running.length - unready.length,
    // A pod that is over (evicted, say) lingers as an object: no worker, and nobody waits for it to go.
    pods: pods.filter((pod) => !isOver(pod)).length,
    problem: CHECKS.map((check) => unready.map(check).find((found) => found !== undefined)).find(
      (found) => found !== undefined,
    ),
  };
}

function isReady(pod: PodObject): boolean {
  return pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;
}

function isOver(pod: PodObject): boolean {
  return pod.status?.phase === 'Failed' || pod.status?.phase === 'Succeeded';
}

function statesOf(pod: PodObject): readonly ContainerState[] {
  return (pod.status?.containerStatuses ?? []).flatMap(({ state }) => (state === undefined ? [] : [state]));
}

function imageNotPulled(pod: PodObject): WorkerProblem | undefined {
  const waiting = waitingWith(pod, IMAGE_REASONS);
  if (waiting === undefined) return undefined;
  return { reason: 'ImagePullFailed', message: explain(pod, waiting.message ?? waiting.reason) };
}

/** 128 + SIGKILL: out of memory, a node under pressure, or somebody's kill -9. */
const KILLED = 137;

function workerFailed(pod: PodObject): WorkerProblem | undefined {
  for (const { state, lastState } of pod.status?.containerStatuses ?? []) {
    const ended = state?.terminated ?? lastState?.terminated;
    // Exit code 0 is a worker that was asked to stop; being started again it has not failed yet.
    if (ended === undefined || ended.exitCode === 0) continue;
    // A worker that is killed has no last words.
    const why = ended.message?.trim() || (ended.exitCode === KILLED ? 'killed by SIGKILL' : '');
    const how = `exit code ${ended.exitCode}${ended.reason === undefined ? '' : ` (${ended.reason})`}`;
    return {
      reason: 'WorkerFailed',
      message: explain(pod, why === '' ? how : `${how}: ${why}`),
    };
  }
  return undefined;
}

function containerNotCreated(pod: PodObject): WorkerProblem | undefined {
  const waiting = waitingWith(pod, CONTAINER_REASONS);
  if (waiting === undefined) return undefined;
  return { reason: 'WorkerFailed', message: explain(pod, waiting.message ?? waiting.reason) };
}

function notScheduled(pod: PodObject): WorkerProblem | undefined {
  const scheduled = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled');
  if (scheduled?.status !== 'False') return undefined;
  return { reason: 'WorkersStarting', message: explain(pod, scheduled.message ?? scheduled.reason) };
}

function waitingWith(pod: PodObject, reasons: ReadonlySet<string>) {
  return statesOf(pod)
    .map(({ waiting }) => waiting)
    .find((waiting) => waiting?.reason !== undefined && reasons.has(waiting.reason));
}

function explain(pod: PodObject, text: string | undefined): string {
  return bounded(`pod ${pod.metadata.name}: ${text ?? 'no reason given'}`);
}

/** Printable and at most MAX_MESSAGE_BYTES long: the text is a worker's, a module author's or a registry's. */
export function bounded(text: string): string {
  // oxlint-disable-next-line no-control-regex -- they are what is taken out
  const printable = text.replaceAll(/[\u0000-\u0009\u000b-\u001f\u007f]/g, ' ');
  const bytes = Buffer.from(printable, 'utf8');
  if (bytes.length <= MAX_MESSAGE_BYTES) return printable;
  // Cutting inside a character leaves U+FFFD at the end.
  return `${bytes
    .subarray(0, MAX_MESSAGE_BYTES - 3)
    .toString('utf8')
    .replace(/\uFFFD+$/, '')}…`;
}
