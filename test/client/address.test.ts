import { describe, expect, it } from '@jest/globals';
import { formatHostPort, isLoopback, parseHostPort } from '../../src/client/address.ts';

describe('parseHostPort', () => {
  it.each([
    ['127.0.0.1:7070', { host: '127.0.0.1', port: 7070 }],
    ['localhost:1', { host: 'localhost', port: 1 }],
    ['[::1]:65535', { host: '::1', port: 65535 }],
    ['catalog.prod.svc:80', { host: 'catalog.prod.svc', port: 80 }],
  ])('reads %s, and formats it back', (text, expected) => {
    expect(parseHostPort(text, 1)).toEqual(expected);
    expect(formatHostPort(expected)).toBe(text);
  });

  it.each([
    '',
    'localhost',
    ':7070',
    '::1:7070',
    '[::1]',
    'http://localhost:7070',
    'localhost:7070/x',
    'localhost:65536',
    'localhost:-1',
    'localhost:7a',
    'a b:1',
    'user@host:1',
  ])('refuses %j with its value and an example', (text) => {
    expect(() => parseHostPort(text, 0)).toThrow(JSON.stringify(text));
    expect(() => parseHostPort(text, 0)).toThrow('for example 127.0.0.1:7070');
  });

  it('takes port 0 only where the system may choose', () => {
    expect(parseHostPort('h:0', 0).port).toBe(0);
    expect(() => parseHostPort('h:0', 1)).toThrow('port of 1 to 65535');
  });
});

describe('isLoopback', () => {
  it.each(['localhost', '127.0.0.1', '127.8.9.10', '::1'])('%s', (host) => {
    expect(isLoopback(host)).toBe(true);
  });
  it.each(['127.evil.com', 'localhost.com', '10.0.0.1', '::2'])('not %s', (host) => {
    expect(isLoopback(host)).toBe(false);
  });
});
