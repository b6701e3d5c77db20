import { expect, it } from 'vitest';

import { parseEndpoint } from './relay-state.ts';

it('reads host and port', () => {
  expect(parseEndpoint('api.example.com:443')).toEqual({ host: 'api.example.com', port: 443 });
});

it.each(['nothing', 'host:', ':80', 'host:0', 'host:70000', 'a b:80', 'http://x:80'])(
  'rejects %s',
  (text) => {
    expect(() => parseEndpoint(text)).toThrow('host:port');
  },
);
