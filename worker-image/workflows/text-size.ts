/** Sizes in bytes of UTF-8, as Temporal's limits count them. Works in the workflow sandbox, which has TextEncoder. */

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Bytes `value` takes in a payload. */
export function jsonBytes(value: unknown): number {
  return encoder.encode(JSON.stringify(value) ?? '').length;
}

/** `text` when it has at most `maxBytes`, else its beginning and a marker that says how much was cut. */
export function cutText(text: string, maxBytes: number): string {
  const bytes = encoder.encode(text);
  if (bytes.length <= maxBytes) return text;
  return `${wholeCharacters(bytes, maxBytes)}\n[cut: ${maxBytes} of ${bytes.length} bytes shown]`;
}

/** `text` on one line, at most `maxBytes` with an ellipsis where it was cut. For summaries, which have little room. */
export function oneLine(text: string, maxBytes: number): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  const bytes = encoder.encode(line);
  return bytes.length <= maxBytes ? line : `${wholeCharacters(bytes, maxBytes - 3)}…`;
}

/** The first `count` bytes without a character cut in half at the end. */
function wholeCharacters(bytes: Uint8Array, count: number): string {
  let end = Math.max(0, count);
  // Bytes 10xxxxxx continue a character: step back to where one begins.
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return decoder.decode(bytes.subarray(0, end));
}
