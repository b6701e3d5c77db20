import type { Condition } from '../../crds/v1alpha1/conditions.ts';

/** A condition as just observed, before it is compared with the last one. */
export interface Finding {
  readonly type: string;
  readonly status: Condition['status'];
  readonly reason: string;
  readonly message: string;
}

/**
 * Conditions of `findings`, in their order. `lastTransitionTime` is that of `previous` while the status is the same:
 * it says since when, and equal findings give an equal list.
 */
export function conditionsFrom(
  findings: readonly Finding[],
  context: {
    readonly previous: readonly Condition[] | undefined;
    readonly generation: number;
    readonly now: Date;
  },
): Condition[] {
  return findings.map(({ type, status, reason, message }) => {
    const before = findCondition(context.previous, type);
    return {
      type,
      status,
      observedGeneration: context.generation,
      lastTransitionTime: before?.status === status ? before.lastTransitionTime : context.now.toISOString(),
      reason,
      // The API's limit (conditions.ts).
      message: message.slice(0, 32_768),
    };
  });
}

export function findCondition(
  conditions: readonly Condition[] | undefined,
  type: string,
): Condition | undefined {
  return conditions?.find((condition) => condition.type === type);
}
