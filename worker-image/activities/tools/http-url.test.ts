import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fillURL, withQuery } from './http-url.ts';

const TEMPLATE = 'http://tools.test/v1/items/{id}/parts';

describe('fillURL', () => {
  it.each([
    ['7', '7'],
    ['a b', 'a%20b'],
    ['a/b', 'a%2Fb'],
    ['x?admin=1#y', 'x%3Fadmin%3D1%23y'],
    ['..%2f', '..%252f'],
    ['a\r\nHost: evil', 'a%0D%0AHost%3A%20evil'],
    ['ÅΩ', '%C3%85%CE%A9'],
    ['...', '...'],
    ['{id}', '%7Bid%7D'],
    ['$&', '%24%26'],
  ])('encodes %j', (id, encoded) => {
    expect(fillURL(TEMPLATE, { id })).toEqual({
      ok: true,
      url: `http://tools.test/v1/items/${encoded}/parts`,
      rest: {},
    });
  });

  it.each([
    ['..'],
    ['.'],
    [''],
    ['../admin'],
    ['a/../b'],
    ['..\\x'],
    ['\ud800'],
    [null],
    [undefined],
    [{}],
    [['a']],
  ])('refuses %j', (id) => {
    expect(fillURL(TEMPLATE, { id })).toMatchObject({
      ok: false,
      observation: expect.stringContaining('id is part of the URL'),
    });
  });

  it.each([
    ['http://t/{a}{a}', { a: '.' }],
    ['http://t/.{a}', { a: '.' }],
    ['http://t/%2{a}/x', { a: 'e' }],
    ['http://t/.%2{a}/x', { a: 'E' }],
  ])('refuses dots that come together in %s', (template, values) => {
    expect(fillURL(template, values)).toMatchObject({ ok: false });
  });

  it('leaves the arguments it did not use', () => {
    expect(fillURL(TEMPLATE, { id: 1, size: 'L' })).toMatchObject({ ok: true, rest: { size: 'L' } });
  });

  it('does not take inherited properties for arguments', () => {
    expect(fillURL('http://t/{constructor}', {})).toMatchObject({ ok: false });
  });

  it('keeps host and depth of the path whatever the model writes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (id) => {
        const built = fillURL(TEMPLATE, { id });
        if (!built.ok) return;
        const url = new URL(built.url);
        expect(url.host).toBe('tools.test');
        expect(url.search + url.hash).toBe('');
        expect(url.pathname.split('/')).toHaveLength(5);
        expect(decodeURIComponent(url.pathname.split('/')[3] ?? '')).toBe(id);
      }),
    );
  });
});

describe('withQuery', () => {
  it.each<[Record<string, unknown>, string]>([
    [{}, 'http://t/x'],
    [{ a: 1, b: true, c: 'x y' }, 'http://t/x?a=1&b=true&c=x+y'],
    [{ tags: ['a', 'b'] }, 'http://t/x?tags=a&tags=b'],
    [{ none: null, filter: { a: 1 } }, 'http://t/x?filter=%7B%22a%22%3A1%7D'],
    [{ 'a&b': '&=#' }, 'http://t/x?a%26b=%26%3D%23'],
  ])('appends %j', (values, expected) => {
    expect(withQuery('http://t/x', values)).toBe(expected);
  });
});
