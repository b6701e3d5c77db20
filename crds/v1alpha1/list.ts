import { z } from 'zod';

/**
 * A list whose items are told apart by `key` (Kubernetes' list type map): server-side apply merges it item by item, and
 * the API server refuses duplicates, as this parser does.
 */
export function listByKey<T extends z.ZodType<Readonly<Record<K, unknown>>>, K extends string>(
  item: T,
  key: K,
  max: number,
): z.ZodArray<T> {
  return unique(z.array(item).max(max), (entry) => entry[key], `${key} must be unique in the list`).meta({
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': [key],
  });
}

/** A list of distinct values (Kubernetes' list type set). */
export function listAsSet<T extends z.ZodType<string | number>>(
  item: T,
  min: number,
  max: number,
): z.ZodArray<T> {
  const list = z.array(item).max(max);
  return unique(min > 0 ? list.min(min) : list, (entry) => entry, 'every value may be in the list once').meta(
    {
      'x-kubernetes-list-type': 'set',
    },
  );
}

function unique<T extends z.ZodType>(
  list: z.ZodArray<T>,
  identity: (item: z.output<T>) => unknown,
  message: string,
): z.ZodArray<T> {
  return list.superRefine((items, context) => {
    const seen = new Set<unknown>();
    for (const [index, item] of items.entries()) {
      const value = identity(item);
      if (seen.has(value))
        context.addIssue({ code: 'custom', message: `duplicate: ${message}`, path: [index] });
      seen.add(value);
    }
  });
}
