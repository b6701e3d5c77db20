import { milliseconds } from '../../../crds/v1alpha1/duration.ts';

/**
 * Seconds a worker needs beyond its grace period: the kubelet's SIGTERM and the endpoint update, heartbeats and results
 * of the last steps on their way to Temporal, and the SDK's forced end of what is still running.
 */
const MARGIN_SECONDS = 15;

/**
 * `terminationGracePeriodSeconds` of a pod whose worker lets steps finish for `shutdownGracePeriod`. The only place the
 * two meet: a pod killed before its worker is through loses the attempt, and Temporal waits for the heartbeat timeout.
 */
export function terminationGraceSeconds(shutdownGracePeriod: string): number {
  return Math.ceil(milliseconds(shutdownGracePeriod) / 1_000) + MARGIN_SECONDS;
}
