import { RetryableError } from '../errors.ts';
import { failureOf } from './failure.ts';
import type { KubeObject, WatchEvent } from './port.ts';

/** Longest line accepted: an object (1.5 MB in etcd) grows at most sixfold when escaped. */
const MAX_LINE_BYTES = 16 * 1024 * 1024;

const NEWLINE = 0x0a;

/**
 * Lines of a stream of bytes, whatever the borders of its chunks: a character of several bytes may be cut in two. Text
 * after the last newline is a line the connection lost, and is dropped: half an object must never be parsed.
 */
export async function* linesOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let pending: Buffer[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      pending.push(chunk.subarray(start, end));
      const line = Buffer.concat(pending).toString('utf8');
      pending = [];
      length = 0;
      start = end + 1;
      if (line !== '') yield line;
    }
    if (start === chunk.byteLength) continue;
    pending.push(chunk.subarray(start));
    length += chunk.byteLength - start;
    if (length > MAX_LINE_BYTES) throw new RetryableError('a watch event is larger than any object can be');
  }
}

/**
 * One line of a watch. undefined for event types this version does not know. An ERROR event becomes what the same
 * status would be as an answer: 410 is KubeError 'Expired'.
 */
export function watchEventOf<T extends KubeObject>(what: string, line: string): WatchEvent<T> | undefined {
  let event: {
    type?: unknown;
    object?: { code?: unknown; metadata?: { resourceVersion?: unknown } };
  };
  try {
    event = JSON.parse(line) as typeof event;
  } catch {
    throw new RetryableError(`cannot ${what}: a line of the stream is no JSON`);
  }
  switch (event.type) {
    case 'ADDED':
    case 'MODIFIED':
    case 'DELETED':
      return { type: event.type, object: event.object as unknown as T };
    case 'BOOKMARK':
      return { type: 'BOOKMARK', resourceVersion: String(event.object?.metadata?.resourceVersion) };
    case 'ERROR': {
      const code = Number(event.object?.code);
      throw failureOf(what, Number.isInteger(code) ? code : 500, JSON.stringify(event.object), undefined);
    }
    default:
      return undefined;
  }
}
