import type { z } from 'zod';
import { mapOf } from './map.ts';
import { textMatching } from './text.ts';

const NAME = /^[A-Za-z0-9-]+$/;
const NAME_MESSAGE = 'must be an HTTP header name: letters, digits and -';

export const headerName = textMatching(1, 128, NAME, NAME_MESSAGE);

/** Printable ASCII and tabs: what a header value may hold. A line break would let one header become two. */
export const headerValue = textMatching(0, 2048, /^[\t -~]*$/, 'must be printable ASCII without line breaks');

export const headers: z.ZodRecord<z.ZodString, z.ZodString> = mapOf(headerValue, {
  maxEntries: 32,
  key: NAME,
  maxKeyLength: 128,
  message: `every key ${NAME_MESSAGE}`,
});
