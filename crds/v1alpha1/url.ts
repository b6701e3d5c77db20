import type { z } from 'zod';
import { textMatching } from './text.ts';

const HOST = String.raw`([A-Za-z0-9._-]+|\[[0-9a-fA-F:.]+\])`;
const PORT = '([0-9]{1,4}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])';
// ASCII classes spelled out: JavaScript's \s knows Unicode, RE2's does not. [!-"$->@-~] is printable without # and ?.
const PATH = '(/[!-"$->@-~]*)?';
const PATH_WITHOUT_BRACES = '(/[!-"$->@-z|~]*)?';

/** A URL whose path may hold {placeholders}. None in the host: an argument of the model must not choose the server. */
export const urlTemplate: z.ZodString = textMatching(
  1,
  2048,
  new RegExp(`^https?://${HOST}(:${PORT})?${PATH}$`),
  'must be an http or https URL without user, query, fragment or a {placeholder} in the host',
);

export const baseURL: z.ZodString = textMatching(
  1,
  2048,
  new RegExp(`^https?://${HOST}(:${PORT})?${PATH_WITHOUT_BRACES}$`),
  'must be an http or https URL without user, query or fragment',
);

export const hostAndPort: z.ZodString = textMatching(
  1,
  512,
  new RegExp(`^${HOST}:${PORT}$`),
  'must be host:port, for instance temporal.temporal:7233',
);
