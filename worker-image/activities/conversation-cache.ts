import type { Message } from '../workflows/protocol.ts';

interface Entry {
  messages: Message[];
  bytes: number;
}

/** Room a message takes beside its text, roughly: objects, the array, the map. */
const MESSAGE_OVERHEAD_BYTES = 200;

/**
 * The conversations of runs this worker served, so that history carries each message once. Messages of a run never
 * change once sent, so whatever is here is right, and being empty costs one query. Only what the workflow sent gets in:
 * the result of a model call may be lost on its way to the server, and another attempt's take its place.
 */
export class ConversationCache {
  readonly #entries = new Map<string, Entry>();
  readonly #maxBytes: number;
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** What is known of the first `length` messages: all of them, the first few, or none. */
  prefix(run: string, length: number): readonly Message[] {
    const entry = this.#entries.get(run);
    if (entry === undefined) return [];
    this.#entries.delete(run);
    this.#entries.set(run, entry); // the last in the map is the one used last
    return entry.messages.slice(0, length);
  }

  /** Remembers the conversation of a run from its beginning; forgets those unused for longest when there is no room. */
  remember(run: string, messages: readonly Message[]): void {
    const known = this.#entries.get(run) ?? { messages: [], bytes: 0 };
    // Two attempts of different turns may overlap when a worker was thought dead: the longer conversation stays.
    const added = messages.slice(known.messages.length);
    const bytes = added.reduce((sum, message) => sum + sizeOf(message), known.bytes);
    this.#bytes += bytes - known.bytes;
    this.#entries.delete(run);
    this.#entries.set(run, { messages: [...known.messages, ...added], bytes });
    for (const [oldest, entry] of this.#entries) {
      if (this.#bytes <= this.#maxBytes) break;
      this.#entries.delete(oldest);
      this.#bytes -= entry.bytes;
    }
  }

  /** Bytes held, for tests and for a metric. */
  get bytes(): number {
    return this.#bytes;
  }
}

/** V8 keeps Latin-1 text in one byte a character and other text in two. */
function sizeOf(message: Message): number {
  return JSON.stringify(message).length * 2 + MESSAGE_OVERHEAD_BYTES;
}
