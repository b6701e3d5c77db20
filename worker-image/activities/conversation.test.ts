import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ConversationQuery, Message } from '../workflows/protocol.ts';
import { ConversationCache } from './conversation-cache.ts';
import { conversationOf, type Run } from './conversation.ts';

const run: Run = { workflowId: 'w', runId: 'r' };
const talk = (length: number, text = 'm'): Message[] =>
  Array.from({ length }, (_, index) => ({ role: 'user', content: `${text}${index}` }));

/** A run that gives `perPage` messages at a time, and counts how often it is asked. */
function asking(messages: readonly Message[], perPage: number) {
  const queries: ConversationQuery[] = [];
  return {
    queries,
    ask: (_workflow: string, _run: string, query: ConversationQuery) => {
      queries.push(query);
      return Promise.resolve(messages.slice(query.from, query.from + perPage));
    },
  };
}

describe('conversationOf', () => {
  it('asks for nothing when every call went to this worker', async () => {
    const all = talk(6);
    const { ask, queries } = asking(all, 99);
    const cache = new ConversationCache(1e6);
    for (const [from, to] of [
      [0, 1],
      [1, 4],
      [4, 6],
    ] as const) {
      const input = { turn: 1, tailStart: from, tail: all.slice(from, to) };
      expect(await conversationOf(run, input, cache, ask)).toEqual(all.slice(0, to));
    }
    expect(queries).toEqual([]);
  });

  it('asks for what it misses, page by page', async () => {
    const all = talk(7);
    const { ask, queries } = asking(all, 2);
    const input = { turn: 3, tailStart: 5, tail: all.slice(5) };
    expect(await conversationOf(run, input, new ConversationCache(1e6), ask)).toEqual(all);
    expect(queries.map(({ from }) => from)).toEqual([0, 2, 4]);
  });

  it('is right whatever this worker saw of the run before', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(20), fc.nat(20)), { maxLength: 8 }),
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 0, max: 20_000 }),
        async (turns, perPage, maxBytes) => {
          const all = talk(40);
          const { ask } = asking(all, perPage);
          const cache = new ConversationCache(maxBytes);
          for (const [tailStart, length] of turns) {
            const input = { turn: 1, tailStart, tail: all.slice(tailStart, tailStart + length) };
            expect(await conversationOf(run, input, cache, ask)).toEqual(all.slice(0, tailStart + length));
            expect(cache.bytes).toBeLessThanOrEqual(maxBytes);
          }
        },
      ),
    );
  });

  it('does not mix runs of one workflow ID', async () => {
    const cache = new ConversationCache(1e6);
    const never = asking([], 1).ask;
    await conversationOf(run, { turn: 1, tailStart: 0, tail: talk(2, 'old') }, cache, never);
    const other = asking(talk(1, 'new'), 9);
    const input = { turn: 2, tailStart: 1, tail: [] };
    expect(await conversationOf({ ...run, runId: 's' }, input, cache, other.ask)).toEqual(talk(1, 'new'));
  });

  it('is a fault to retry when the run does not answer, and a bug when it has no such message', async () => {
    const input = { turn: 2, tailStart: 3, tail: [] };
    const cache = new ConversationCache(1e6);
    await expect(
      conversationOf(run, input, cache, () => Promise.reject(new Error('down'))),
    ).rejects.toMatchObject({
      type: 'Conversation.Unavailable',
      nonRetryable: false,
    });
    await expect(conversationOf(run, input, cache, asking(talk(2), 9).ask)).rejects.toMatchObject({
      type: 'Internal',
      nonRetryable: true,
    });
  });
});

describe('ConversationCache', () => {
  it('forgets the runs unused for longest', () => {
    const cache = new ConversationCache(1_500);
    cache.remember('a', talk(2));
    cache.remember('b', talk(2));
    cache.prefix('a', 1);
    cache.remember('c', talk(2));
    expect(cache.prefix('a', 2)).toHaveLength(2);
    expect(cache.prefix('b', 2)).toEqual([]);
    expect(cache.prefix('c', 2)).toHaveLength(2);
  });

  it('does not keep a run larger than itself', () => {
    const cache = new ConversationCache(1_000);
    cache.remember('a', talk(100));
    expect(cache.prefix('a', 100)).toEqual([]);
    expect(cache.bytes).toBe(0);
  });
});
