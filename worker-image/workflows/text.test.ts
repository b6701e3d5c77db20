import fc from 'fast-check';
import { expect, test } from 'vitest';
import { conversationPage } from './conversation-page.ts';
import type { Message } from './protocol.ts';
import { beginWith } from './run-input.ts';
import { toolSummary } from './step-options.ts';
import { cutText, jsonBytes, oneLine } from './text-size.ts';

const bytes = (text: string): number => new TextEncoder().encode(text).length;

test('text is cut at whole characters, with a marker, and left alone when it fits', () => {
  expect(cutText('grün', 5)).toBe('grün');
  expect(cutText('grün', 3)).toBe('gr\n[cut: 3 of 5 bytes shown]');
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.nat({ max: 40 }), (text, limit) => {
      const kept = cutText(text, limit).replace(/\n\[cut: \d+ of \d+ bytes shown\]$/, '');
      expect(text.startsWith(kept)).toBe(true);
      expect(bytes(kept)).toBeLessThanOrEqual(Math.max(limit, kept === text ? bytes(text) : 0));
    }),
  );
});

test('a summary is one short line, whatever the arguments are', () => {
  const call = { id: 'a', name: 'ask' };
  expect(toolSummary(3, 2, { ...call, arguments: { question: 'Red\nor blue?', count: 2 } })).toBe(
    'turn 3, call 2: ask(question: Red or blue?, count: 2)',
  );
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.json()), (values) => {
      expect(bytes(toolSummary(1, 1, { ...call, arguments: values }))).toBeLessThanOrEqual(200);
    }),
  );
  expect(oneLine('é'.repeat(20), 10)).toBe('ééé…');
});

test('pages of the conversation are bounded, never empty before the end, and together the whole', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ maxLength: 200 })),
      fc.integer({ min: 1, max: 500 }),
      (texts, maxBytes) => {
        const messages = texts.map((content): Message => ({ role: 'user', content }));
        const read: Message[] = [];
        for (let page = conversationPage(messages, { from: 0, maxBytes }); page.length > 0;) {
          expect(page.length === 1 || jsonBytes(page) <= maxBytes + page.length + 2).toBe(true);
          read.push(...page);
          page = conversationPage(messages, { from: read.length, maxBytes });
        }
        expect(read).toEqual(messages);
      },
    ),
  );
});

test.each([
  [undefined, 'Begin.'],
  [{}, 'Begin.'],
  [{ input: 'Hello' }, 'Hello'],
  [{ input: { city: 'Bonn' } }, '{"city":"Bonn"}'],
])('input %j begins with %j', (input, content) => {
  expect(beginWith(input)).toMatchObject({ messages: [{ role: 'user', content }] });
});

test.each([
  ['Hello', /takes one argument.*got string/],
  [['Hello'], /got a list/],
  [{ prompt: 'Hello' }, /unknown field prompt/],
  [{ input: 'x'.repeat(1_048_577) }, /at most 1048576/],
])('input %.40j is refused', (input, message) => {
  expect(beginWith(input)).toMatchObject({ invalid: expect.stringMatching(message) as string });
});
