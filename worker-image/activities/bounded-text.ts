/** The longest prefix of `bytes` of at most `limit` bytes that does not cut a character in two. */
export function utf8Prefix(bytes: Uint8Array, limit: number): Uint8Array {
  if (bytes.length <= limit) return bytes;
  let end = Math.max(0, limit);
  // 0b10xxxxxx continues a character; at most three do, so what is not UTF-8 at all loses three bytes at most.
  for (let back = 0; back < 3 && end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80; back += 1) end -= 1;
  return bytes.subarray(0, end);
}

/** Size of a text that may not be known to the end. */
export interface FullSize {
  readonly bytes: number;
  /** false: there are more, nobody counted them. */
  readonly exact: boolean;
}

/**
 * `text` in at most `limit` bytes of UTF-8, with a marker at its end that says so when something is missing. `full` is
 * the size of the original when `text` itself is only its beginning.
 */
export function boundedText(text: string, limit: number, full?: FullSize): string {
  const bytes = new TextEncoder().encode(text);
  const size = full ?? { bytes: bytes.length, exact: true };
  if (bytes.length <= limit && size.exact && size.bytes <= bytes.length) return text;
  const marker = (kept: number): string =>
    `\n[cut: the first ${kept} of ${size.exact ? '' : 'more than '}${size.bytes} bytes]`;
  const room = limit - new TextEncoder().encode(marker(limit)).length;
  const kept = utf8Prefix(bytes, room);
  return new TextDecoder().decode(kept) + marker(kept.length);
}
