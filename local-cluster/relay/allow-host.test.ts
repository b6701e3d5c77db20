import { expect, it } from 'vitest';

import { renderHostsFile, withAllowedHost } from './allow-host.ts';

it('gives every name one address and every port its own way', () => {
  let list = withAllowedHost([], 'api.example.com:443', 'api.example.com:443');
  list = withAllowedHost(list, 'model.test:80', '127.0.0.1:9000');
  list = withAllowedHost(list, 'api.example.com:8443', 'api.example.com:8443');
  list = withAllowedHost(list, 'model.test:80', '127.0.0.1:9001');
  expect(list.map(({ host, port, address, target }) => `${host}:${port} ${address} ${target}`)).toEqual([
    'api.example.com:443 10.243.1.1 api.example.com:443',
    'api.example.com:8443 10.243.1.1 api.example.com:8443',
    'model.test:80 10.243.1.2 127.0.0.1:9001',
  ]);
  expect(renderHostsFile(list)).toBe('10.243.1.1 api.example.com\n10.243.1.2 model.test\n');
});
