import type { ConversationQuery, Message } from './protocol.ts';
import { jsonBytes } from './text-size.ts';

/** A query result over 2 MiB is lost; a single message never comes near it. */
const MAX_PAGE_BYTES = 1_048_576;

/** Messages from `query.from` on, about `query.maxBytes` of them but at least one when there is one. */
export function conversationPage(messages: readonly Message[], query: ConversationQuery): Message[] {
  const room = Math.min(query.maxBytes, MAX_PAGE_BYTES);
  const page: Message[] = [];
  let bytes = 0;
  for (const message of messages.slice(Math.max(0, query.from))) {
    bytes += jsonBytes(message);
    if (page.length > 0 && bytes > room) break;
    page.push(message);
  }
  return page;
}
