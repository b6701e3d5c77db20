/**
 * The beginning of `text` in at most `maxBytes` bytes of UTF-8, never half a character; the same text when it fits. A lone
 * surrogate becomes U+FFFD here: the API server would do it (Go's JSON), and what it stores would never equal what we sent.
 */
export function cutText(text: string, maxBytes: number): string {
  const wellFormed = text.toWellFormed();
  const bytes = Buffer.from(wellFormed, 'utf8');
  if (bytes.length <= maxBytes) return wellFormed;
  let end = maxBytes;
  // 10xxxxxx continues a character: go back to the byte that begins the one the cut would tear.
  while (end > 0 && ((bytes[end] ?? 0) & 0b1100_0000) === 0b1000_0000) end -= 1;
  return bytes.subarray(0, end).toString('utf8');
}
