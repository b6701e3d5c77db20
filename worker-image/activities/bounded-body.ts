import type { FullSize } from './bounded-text.ts';

export interface BoundedBody {
  /** The first bytes, at most `keep` of them. */
  readonly bytes: Uint8Array;
  readonly full: FullSize;
}

/**
 * Reads a response to its end, or to `readAtMost` bytes, keeping the first `keep`. The rest is counted and dropped, so
 * that an endless body costs neither memory nor the attempt. Rejects when the connection breaks or the fetch is aborted.
 */
export async function readBounded(
  response: Response,
  keep: number,
  readAtMost: number,
): Promise<BoundedBody> {
  const kept: Uint8Array[] = [];
  let keptBytes = 0;
  let bytes = 0;
  let exact = true;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (keptBytes < keep) {
      const part = chunk.subarray(0, keep - keptBytes);
      kept.push(part);
      keptBytes += part.length;
    }
    if (bytes > readAtMost) {
      exact = false;
      break; // ends the iteration, which cancels the body and closes the connection
    }
  }
  return { bytes: Buffer.concat(kept), full: { bytes, exact } };
}
