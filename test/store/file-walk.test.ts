import { expect, it } from '@jest/globals';
import { type FileSystem, nodeFileSystem } from '../../src/store/file-system.ts';
import { createPutWatch, walk } from '../../src/store/file-walk.ts';

const file = (name: string) => ({ name, isFolder: false });

/** A file system with one folder, whose reading goes as `entries` says. */
function fileSystem(entries: FileSystem['entries']): FileSystem {
  return { ...nodeFileSystem, entries };
}

async function keys(fs: FileSystem, watch = createPutWatch()): Promise<string[]> {
  const found: string[] = [];
  for await (const key of walk(fs, '/root', '', watch)) found.push(key);
  return found.sort();
}

it('takes a name once that the system shows twice', async () => {
  const fs = fileSystem(async function* () {
    yield file('a');
    yield file('b');
    yield file('a');
  });
  expect(await keys(fs)).toEqual(['a', 'b']);
});

it.each(['put while the folder is read', 'being put when the reading begins'])(
  'finds a name that the system leaves out because it is %s',
  async (when) => {
    const watch = createPutWatch();
    let finish = () => {};
    const put = () =>
      new Promise<void>((resolve) => {
        finish = resolve;
      });
    let during: Promise<void> | undefined;
    if (when.startsWith('being')) during = watch.during('b', put);
    const fs = fileSystem(async function* () {
      yield file('a');
      during ??= watch.during('b', put);
      finish();
      yield file('c');
    });
    expect(await keys(fs, watch)).toEqual(['a', 'b', 'c']);
    await during;
    expect(
      await keys(
        fileSystem(async function* () {}),
        watch,
      ),
    ).toEqual([]);
  },
);

it('reads folders lazily, each when its keys are asked for', async () => {
  const opened: string[] = [];
  const fs = fileSystem(async function* (path) {
    opened.push(path);
    yield file('file');
    if (path === '/root/') {
      yield { name: 'x', isFolder: true };
      yield { name: 'y', isFolder: true };
    }
  });
  const walking = walk(fs, '/root', '', createPutWatch());
  expect((await walking.next()).value).toBe('file');
  expect(opened).toEqual(['/root/']);
  expect((await walking.next()).value).toBe('x/file');
  expect(opened).toEqual(['/root/', '/root/x/']);
});
