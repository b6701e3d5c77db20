import type { ToolCallResult } from '../../workflows/protocol.ts';
import type { BoundedBody } from '../bounded-body.ts';
import { boundedText } from '../bounded-text.ts';

/** Answers that say "not now" instead of "no": worth another attempt. Everything else below 500 is for the model. */
const RETRYABLE_STATUS = new Set([408, 425, 429]);

export type Verdict = 'success' | 'error' | 'retry';

/** `successCodes` replace the usual 200 to 299, and win over everything: a tool may call 404 or 503 a good answer. */
export function verdictOf(status: number, successCodes: readonly number[] | undefined): Verdict {
  if (successCodes?.includes(status) ?? (status >= 200 && status < 300)) return 'success';
  return status >= 500 || RETRYABLE_STATUS.has(status) ? 'retry' : 'error';
}

/** The answer as the model reads it, in at most `limit` bytes. */
export function toolResult(
  response: { readonly status: number; readonly headers: Headers },
  body: BoundedBody,
  verdict: 'success' | 'error',
  limit: number,
): ToolCallResult {
  const text = textOf(response.headers, body);
  if (verdict === 'success')
    return {
      outcome: 'success',
      content: boundedText(text ?? described(response, body), limit, sizeOf(text, body)),
    };
  const redirect = response.status >= 300 && response.status < 400;
  const heading = redirect
    ? `HTTP ${response.status}: a redirect, which is not followed.`
    : `HTTP ${response.status}${text === '' || text === undefined ? '' : ':\n'}`;
  return {
    outcome: 'error',
    content: boundedText(
      redirect ? heading : heading + (text ?? ''),
      limit,
      redirect ? undefined : sizeOf(text, body),
    ),
  };
}

/** Only a text that was not read to its end has a size of its own. */
function sizeOf(text: string | undefined, body: BoundedBody): BoundedBody['full'] | undefined {
  return text === undefined || (body.full.exact && body.full.bytes <= body.bytes.length)
    ? undefined
    : body.full;
}

/** undefined: there is nothing to read, or nothing a model could. */
function textOf(headers: Headers, { bytes, full }: BoundedBody): string | undefined {
  if (bytes.length === 0) return undefined;
  const type = headers.get('content-type') ?? '';
  const charset = /charset="?([^\s;"]+)/i.exec(type)?.[1];
  const cut = full.bytes > bytes.length;
  const declared = /^\s*text\/|json|xml|yaml|javascript|x-www-form-urlencoded/i.test(type);
  if (charset !== undefined || declared) return decoder(charset).decode(bytes, { stream: cut });
  // Without a telling type: text if it reads as UTF-8 (a character cut at the end is no evidence) and holds no NUL.
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: cut });
    return text.includes('\0') ? undefined : text;
  } catch {
    return undefined;
  }
}

function decoder(charset = 'utf-8'): InstanceType<typeof TextDecoder> {
  try {
    return new TextDecoder(charset);
  } catch {
    return new TextDecoder(); // a charset nobody knows: most likely UTF-8 after all
  }
}

const TELLING_HEADERS = ['content-type', 'content-length', 'last-modified', 'etag', 'location'];

/** For an answer without readable text (a HEAD, a 204, an image): what is known about it. */
function described(
  { status, headers }: { readonly status: number; readonly headers: Headers },
  body: BoundedBody,
): string {
  const facts = TELLING_HEADERS.flatMap((name) =>
    headers.has(name) ? [`${name}: ${headers.get(name)}`] : [],
  );
  const size =
    body.full.bytes === 0
      ? 'no body'
      : `a body of ${body.full.exact ? '' : 'more than '}${body.full.bytes} bytes that is not text`;
  return [`HTTP ${status}, ${size}.`, ...facts].join('\n');
}
