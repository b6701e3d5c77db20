/**
 * Shares `budget` among `demands` so that the small ones are served in full before a large one gets more than its part
 * (max-min fairness): one agent with a thousand runs must not make the sample of every other agent a partial one.
 */
export function allocate(budget: number, demands: readonly number[]): readonly number[] {
  const grants = demands.map(() => 0);
  let left = Math.max(0, Math.floor(budget));
  const order = demands.map((demand, index) => ({ demand, index })).toSorted((a, b) => a.demand - b.demand);
  for (const [position, { demand, index }] of order.entries()) {
    const share = Math.floor(left / (order.length - position));
    const grant = Math.min(Math.max(0, Math.floor(demand)), share);
    grants[index] = grant;
    left -= grant;
  }
  return grants;
}

/** `count` elements spread evenly over `items`; all of them when there are no more. */
export function spread<T>(items: readonly T[], count: number): readonly T[] {
  if (count >= items.length) return items;
  return Array.from(
    { length: Math.max(0, count) },
    (_, index) => items[Math.floor((index * items.length) / count)] as T,
  );
}
