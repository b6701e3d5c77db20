/** The part of an activity's Context that heartbeats need. */
export interface Heartbeating {
  readonly info: { readonly heartbeatTimeoutMs?: number };
  heartbeat(details?: unknown): void;
}

export interface Heartbeats {
  /** Heartbeats now and repeats these details from now on: an empty heartbeat would erase them. */
  report(details: unknown): void;
  stop(): void;
}

/**
 * Heartbeats at once and then by timer, at a quarter of the timeout and at least every second, whatever the step does:
 * a step that waits for a slow endpoint is alive. The SDK throttles to 0.8 of the timeout, so many of them cost nothing;
 * a cancellation arrives in the answer to one. Without a timeout Temporal wants no heartbeats, and there are none.
 */
export function startHeartbeats(step: Heartbeating): Heartbeats {
  const timeout = step.info.heartbeatTimeoutMs ?? 0;
  if (timeout === 0) return { report: () => undefined, stop: () => undefined };
  let latest: unknown;
  step.heartbeat();
  const timer = setInterval(
    () => step.heartbeat(latest),
    Math.max(1, Math.min(1_000, Math.floor(timeout / 4))),
  );
  return {
    report: (details) => {
      latest = details;
      step.heartbeat(details);
    },
    stop: () => clearInterval(timer),
  };
}
