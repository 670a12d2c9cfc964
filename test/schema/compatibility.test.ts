import { describe, expect, it } from '@jest/globals';
import { canonicalText } from '../../src/schema/canonical.ts';
import { type SchemaChange, schemaChanges } from '../../src/schema/compatibility.ts';
import type { SchemaNode } from '../../src/schema/schema-node.ts';
import fc from '../support/fast-check.ts';
import { arbitrarySchema } from './arbitrary.ts';
import { group, leaf, list, map, repeated } from './nodes.ts';

/** Each change's path, with a `b` and an `f` for the direction in which it breaks. */
function verdict(from: SchemaNode[], to: SchemaNode[]): string[] {
  return schemaChanges(from, to).map(
    ({ path, breaksBackward, breaksForward }) =>
      `${path}:${breaksBackward ? 'b' : ''}${breaksForward ? 'f' : ''}`,
  );
}

const [a, b, c, d] = [leaf('a'), leaf('b'), leaf('c'), leaf('d')];
const required = (node: SchemaNode): SchemaNode => ({ ...node, repetition: 'REQUIRED' });

type Case = [string, SchemaNode[], SchemaNode[], string[]];

describe('fields', () => {
  it.each<Case>([
    ['none changed', [a], [a], []],
    ['an optional one added', [a], [a, b], ['b:']],
    ['a repeated one added', [a], [a, leaf('x', 'REPEATED')], ['x:']],
    ['a required one added', [a], [a, required(b)], ['b:b']],
    ['an optional one removed', [a, b], [a], ['b:']],
    ['a repeated one removed', [a, leaf('x', 'REPEATED')], [a], ['x:']],
    ['a required one removed', [a, required(b)], [a], ['b:f']],
    ['optional to required', [a], [required(a)], ['a:b']],
    ['required to optional', [required(a)], [a], ['a:f']],
    ['optional to repeated', [a], [leaf('a', 'REPEATED')], ['a:bf']],
    ['repeated to required', [leaf('a', 'REPEATED')], [required(a)], ['a:bf']],
    ['both, of type and repetition', [leaf('a', 'OPTIONAL', 'INT32')], [required(a)], ['a:bf']],
    ['a wider type, and optional', [leaf('a', 'REQUIRED', 'INT32')], [a], ['a:f']],
    [
      'a decimal stored otherwise',
      [leaf('a', 'OPTIONAL', 'INT32', ['DECIMAL', 2, 9])],
      [leaf('a', 'OPTIONAL', 'INT64', ['DECIMAL', 2, 9])],
      ['a:'],
    ],
    ['a rename', [required(a)], [required(b)], ['a:f', 'b:b']],
    ['a group for a column', [a], [group('a', [b])], ['a:bf']],
    ['a group annotated', [group('a', [b])], [group('a', [b], ['LIST'])], ['a:bf']],
    [
      'a required one added to a group',
      [group('g', [a])],
      [group('g', [a, required(b)])],
      ['g.b:b'],
    ],
    ['a required one out of a group', [group('g', [a, required(b)])], [group('g', [a])], ['g.b:f']],
    ['a required one in a new group', [a], [a, group('g', [required(b)])], ['g:']],
  ])('%s', (_, from, to, expected) => expect(verdict(from, to)).toEqual(expected));
});

describe('the order of fields', () => {
  it.each<Case>([
    ['the last to the front', [a, b, c], [c, a, b], ['c:']],
    ['the first to the end', [a, b, c], [b, c, a], ['a:']],
    ['an addition moves none', [a, b], [c, a, d, b], ['c:', 'd:']],
    ['a removal moves none', [a, b, c], [b, c], ['a:']],
    ['removed where it was', [a, b, c], [a, d, c], ['b:', 'd:']],
    ['removed behind its neighbour', [a, b, c, d], [d, required(a)], ['d:', 'a:b', 'b:', 'c:']],
    ['removed at the end', [a, b, c], [a, b], ['c:']],
    ['moved within a group', [group('g', [a, b])], [group('g', [b, a])], ['g.b:']],
    ['of one name one less', [a, a, b], [a, b], ['a:']],
    ['of one name one more', [a, b], [a, a, b], ['a:']],
    ['of one name the second', [a, a], [a, required(a)], ['a:b']],
  ])('%s', (_, from, to, expected) => expect(verdict(from, to)).toEqual(expected));

  it('is told by places', () => {
    const [change] = schemaChanges([a, b, c], [c, a, b]);
    expect(change).toEqual({
      path: 'c',
      description: 'moved from place 3 to place 1',
      breaksBackward: false,
      breaksForward: false,
    });
  });
});

describe('a list', () => {
  const three = (name: string, element: SchemaNode) => list(repeated(name, element));
  const item = leaf('item');
  it.each<Case>([
    [
      'of another inner name',
      [three('bag', leaf('array_element'))],
      [three('list', leaf('element'))],
      ['l.list:', 'l.list.element:'],
    ],
    [
      'of a wider type',
      [three('list', leaf('item', 'OPTIONAL', 'INT32'))],
      [three('list', item)],
      ['l.list.item:f'],
    ],
    [
      'of a wider type and another name',
      [three('bag', leaf('item', 'OPTIONAL', 'INT32'))],
      [three('bag', a)],
      ['l.bag.a:', 'l.bag.a:f'],
    ],
    [
      'of required elements',
      [three('list', item)],
      [three('list', required(item))],
      ['l.list.item:b'],
    ],
    [
      'of structs with more fields',
      [three('list', group('item', [a]))],
      [three('list', group('item', [a, required(b)]))],
      ['l.list.item.b:b'],
    ],
    [
      'of columns, in two levels',
      [list(leaf('array', 'REPEATED', 'INT32'))],
      [list(leaf('element', 'REPEATED'))],
      ['l.element:', 'l.element:f'],
    ],
    [
      'of structs, in two levels',
      [list(repeated('array', a, b))],
      [list(repeated('item', b, a, required(c)))],
      ['l.item:', 'l.item.b:', 'l.item.c:b'],
    ],
    [
      'of two levels to one of three',
      [list(leaf('array', 'REPEATED'))],
      [three('list', required(leaf('element')))],
      ['l.list:'],
    ],
    [
      'of three levels to one of two',
      [three('list', leaf('element'))],
      [list(leaf('array', 'REPEATED'))],
      ['l.array:', 'l.array:b'],
    ],
    // By LogicalTypes.md "array" and "l_tuple" are structs of one field, "list" is not.
    [
      'of structs of one field',
      [three('list', leaf('a'))],
      [three('array', leaf('a'))],
      ['l.array:', 'l.array:bf'],
    ],
    [
      'of structs of one field in Thrift',
      [three('l_tuple', leaf('a'))],
      [three('l_tuple', leaf('b'))],
      ['l.l_tuple.a:', 'l.l_tuple.b:'],
    ],
    [
      'of lists, in two levels',
      [list(repeated('list', leaf('a', 'REPEATED')))],
      [list(repeated('list', leaf('b', 'REPEATED')))],
      ['l.list.a:', 'l.list.b:'],
    ],
    ['of something else', [list(a)], [list(b)], ['l.a:', 'l.b:']],
    [
      'to a map',
      [three('x', leaf('e'))],
      [group('l', [repeated('x', leaf('e'))], ['MAP'])],
      ['l:bf'],
    ],
    [
      'within a list',
      [three('list', three('list', a))],
      [three('list', three('list', required(a)))],
      ['l.list.l.list.a:b'],
    ],
  ])('%s', (_, from, to, expected) => expect(verdict(from, to)).toEqual(expected));
});

describe('a map', () => {
  const [key, value] = [leaf('key', 'REQUIRED', 'INT32'), leaf('value')];
  it.each<Case>([
    [
      'of other inner names',
      [map('map', key, value)],
      [map('key_value', leaf('k', 'REQUIRED', 'INT32'), leaf('v'))],
      ['m.key_value:', 'm.key_value.k:', 'm.key_value.v:'],
    ],
    [
      'of a wider key',
      [map('map', key, value)],
      [map('map', required(leaf('key')), value)],
      ['m.map.key:f'],
    ],
    [
      'of required values',
      [map('map', key, value)],
      [map('map', key, required(value))],
      ['m.map.value:b'],
    ],
    ['without values', [map('map', key, required(value))], [map('map', key)], ['m.map.value:f']],
    ['with values', [map('map', key)], [map('map', key, required(value))], ['m.map.value:b']],
    ['of more than two', [map('map', key, value, a)], [map('map', key, a, value)], ['m.map.a:']],
  ])('%s', (_, from, to, expected) => expect(verdict(from, to)).toEqual(expected));
});

it('is said in words, with both types', () => {
  const [change] = schemaChanges([a], [leaf('a', 'REQUIRED', 'BYTE_ARRAY', ['STRING'])]);
  expect(change?.description).toBe('was OPTIONAL INT64, is REQUIRED BYTE_ARRAY STRING');
  const [added, removed] = schemaChanges([b], [a]);
  expect(added?.description).toBe('was removed: OPTIONAL INT64');
  expect(removed?.description).toBe('was added: OPTIONAL INT64');
  const long = leaf('a', 'OPTIONAL', 'BYTE_ARRAY', ['GEOMETRY', `{\n${'x'.repeat(100_000)}`]);
  expect(schemaChanges([a], [long])[0]?.description).toMatch(/^.{50,200}$/);
});

const runs = { numRuns: 1_000 };

it('finds no change in one schema, and always one in two', () => {
  fc.assert(
    fc.property(arbitrarySchema, arbitrarySchema, (from, to) => {
      expect(schemaChanges(from, from)).toEqual([]);
      const same = canonicalText(from) === canonicalText(to);
      expect(schemaChanges(from, to).length === 0).toBe(same);
    }),
    runs,
  );
});

it('breaks forward what it breaks backward the other way round', () => {
  const count = (changes: readonly SchemaChange[], which: 'breaksBackward' | 'breaksForward') =>
    changes.filter((change) => change[which]).length;
  let broken = 0;
  fc.assert(
    fc.property(arbitrarySchema, arbitrarySchema, (from, to) => {
      const [there, back] = [schemaChanges(from, to), schemaChanges(to, from)];
      expect(count(there, 'breaksBackward')).toBe(count(back, 'breaksForward'));
      expect(count(there, 'breaksForward')).toBe(count(back, 'breaksBackward'));
      expect(there.length).toBe(back.length);
      broken += count(there, 'breaksBackward');
    }),
    runs,
  );
  expect(broken).toBeGreaterThan(100);
});
