import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { DatasetFileError } from '../../src/dataset/errors.ts';
import { relativeKeys } from '../../src/dataset/relative-key.ts';

const local = (path: string) => ({ name: path, uri: pathToFileURL(path).href });
const s3 = (uri: string) => ({ name: uri, uri });

describe('relativeKeys', () => {
  it.each([
    ['/data', local('/data/a b/50%.parquet'), 'a b/50%.parquet'],
    ['/data/', local('/data/x'), 'x'],
    ['/', local('/data/x'), 'data/x'],
    ['/data/../srv', local('/srv/x'), 'x'],
    ['file:///a%20b', local('/a b/x'), 'x'],
    [relative('', '/data'), local('/data/x'), 'x'],
    ['.', local(join(process.cwd(), 'x')), 'x'],
    ['s3://b', s3('s3://b/k%20/x'), 'k%20/x'],
    ['s3://b/p/', s3('s3://b/p/x'), 'x'],
    ['s3://b/p?region=eu-1', s3('s3://b/p//x'), '/x'],
  ])('%s', (root, file, key) => {
    expect(relativeKeys(root)(file)).toBe(key);
  });

  it.each([
    ['/data', local('/data2/x'), 'is not below /data'],
    ['/data/a', local('/data/x'), 'is not below'],
    ['/data', s3('s3://b/x'), 'is not below'],
    ['s3://b/p', s3('s3://b/px'), 'is not below'],
    ['s3://b', s3('s3://bb/x'), 'is not below'],
    ['s3://b', local('/b/x'), 'is not below'],
    ['/data', local('/data/a:b'), 'the key "a:b", which reads as an absolute URI'],
  ])('refuses %s for %j', (root, file, message) => {
    expect(() => relativeKeys(root)(file)).toThrow(DatasetFileError);
    expect(() => relativeKeys(root)(file)).toThrow(`${file.name}: `);
    expect(() => relativeKeys(root)(file)).toThrow(message);
  });

  it.each(['file://host/x', 'file:///%zz', 'file:///a%2Fb'])('refuses the root %s', (root) => {
    expect(() => relativeKeys(root)).toThrow(DatasetFileError);
    expect(() => relativeKeys(root)).toThrow(`${root}: is no file URL of this machine`);
  });
});
