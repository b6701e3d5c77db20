import type { z } from 'zod';
import { mapOf } from './map.ts';
import { text, textMatching } from './text.ts';

/** `name` or `prefix/name`, as Kubernetes has keys of labels and annotations. */
const KEY = /^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/;
const keys = {
  maxEntries: 32,
  key: KEY,
  maxKeyLength: 317,
  message: 'every key must be a Kubernetes label key: name or prefix/name, of letters, digits, -, _ and .',
};

export const labels: z.ZodRecord<z.ZodString, z.ZodString> = mapOf(
  textMatching(
    0,
    63,
    /^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/,
    'must be a Kubernetes label value: letters, digits, -, _ and .',
  ),
  keys,
);

export const annotations: z.ZodRecord<z.ZodString, z.ZodString> = mapOf(text(0, 4096), keys);
