import { describe, expect, it } from '@jest/globals';
import { ErrEmptyName, ErrInvalidName } from '../../src/catalog/errors.ts';
import { checkName, manifestKey, nameOfKey } from '../../src/catalog/name.ts';

describe('checkName', () => {
  it.each([
    'a',
    'sales/2026/orders',
    'with space',
    'a.parquet.bak',
    '...',
    'UPPER-lower_0',
    'größe/Ω',
    '\u{1f600}',
    '100%',
    'a?b#c&d=e+f',
    'n'.repeat(240),
    `${'n'.repeat(240)}/${'m'.repeat(240)}/${'o'.repeat(30)}`,
  ])('accepts %j', (name) => {
    expect(() => checkName(name)).not.toThrow();
  });

  it.each([
    ['a'.repeat(513), 'at most 512 bytes'],
    ['n'.repeat(241), 'segments of at most 240 bytes'],
    ['/a', 'begin or end'],
    ['a/', 'begin or end'],
    ['a//b', '//'],
    ['.', '".."'],
    ['a/..', '".."'],
    ['./a', '".."'],
    ['a.parquet', '.parquet'],
    ['a.PARQUET/b', '.parquet'],
    ['a\\b', 'backslash'],
    ['a\nb', 'U+000A'],
    ['e\u0301', 'NFC'],
    ['a\udc00', 'valid UTF-8'],
    ['a\ufffdb', 'U+FFFD'],
  ])('refuses %j and says which rule it breaks', (name, rule) => {
    expect(() => checkName(name)).toThrow(ErrInvalidName);
    expect(() => checkName(name)).toThrow(rule);
  });

  it('refuses the empty name as such, naming the field', () => {
    expect(() => checkName('', 'names[3]')).toThrow(ErrEmptyName);
    expect(() => checkName('', 'names[3]')).toThrow('names[3]');
  });

  it('does not send a megabyte back', () => {
    let message = '';
    try {
      checkName('x'.repeat(1_000_000));
    } catch (error) {
      message = (error as Error).message;
    }
    expect(message.length).toBeLessThan(400);
  });
});

describe('manifestKey', () => {
  it('is undone by nameOfKey', () => {
    expect(manifestKey('a/b')).toBe('_catalog/manifests/a/b.parquet');
    expect(nameOfKey('_catalog/manifests/a/b.parquet')).toBe('a/b');
    expect(nameOfKey('_catalog/manifests/a/b.txt')).toBeUndefined();
    expect(nameOfKey('elsewhere/a.parquet')).toBeUndefined();
  });
});
