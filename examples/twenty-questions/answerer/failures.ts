/**
 * Which calls fail: exactly one of every five (20 %), at a place that only `seed` decides, so that a game can be
 * replayed. Every other failure comes after the question was answered: the answer is lost, as with a dropped connection.
 */
export type Failure = 'before' | 'after';

const BLOCK = 5;

/** What happens to call number `call` (from 0). */
export function failureOf(seed: number, call: number): Failure | undefined {
  const block = Math.floor(call / BLOCK);
  if (mix(seed, block) % BLOCK !== call % BLOCK) return undefined;
  return block % 2 === 0 ? 'after' : 'before';
}

/** A well-spread 32-bit number of two numbers (the finaliser of MurmurHash3). */
function mix(seed: number, block: number): number {
  let bits = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(block + 1, 0xc2b2ae35);
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}
