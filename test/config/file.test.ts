import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { byteSize } from '../../src/config/byte-size.ts';
import { onOff } from '../../src/config/choice.ts';
import { count } from '../../src/config/count.ts';
import { duration } from '../../src/config/duration.ts';
import { readConfigFile } from '../../src/config/file.ts';
import { namedSettings, type SettingsTable } from '../../src/config/setting.ts';
import { text } from '../../src/config/text.ts';
import { tempFolder } from '../support/temp-folder.ts';

const folder = tempFolder();

const TABLE = {
  name: { type: text('word'), help: 'a name' },
  idleTimeoutMs: { type: duration(), default: '1s', help: 'a wait' },
  limits: {
    maxConnections: { type: count(1, 10), default: '5', help: 'a bound' },
    maxBytes: { type: byteSize(), default: '1MiB', help: 'a size' },
    strict: { type: onOff(), default: 'true', help: 'a switch' },
  },
} as const satisfies SettingsTable;

/** What a file with this content says, and what is wrong with it. */
async function read(content: string) {
  const file = join(folder, 'c.yaml');
  await writeFile(file, content);
  const { layer, problems } = await readConfigFile(file, TABLE);
  const given = namedSettings(TABLE).flatMap((named) => {
    const found = layer(named);
    return found === undefined ? [] : [[found.origin.replace(folder, ''), found.text]];
  });
  return { given, problems: problems.map((problem) => problem.replaceAll(folder, '')) };
}

/** Each line has ten times the values of the one above it. */
const BOMB = Array.from({ length: 9 }, (_, i) => {
  const below = i === 0 ? 'x' : `*a${i - 1}`;
  return `a${i}: &a${i} [${Array.from({ length: 10 }, () => below).join(', ')}]`;
}).join('\n');

describe('a configuration file', () => {
  it('says what is set, and on which line', async () => {
    const content = 'name: a\nlimits:\n  # more\n  max_connections: 7\n  strict: false\n';
    expect(await read(content)).toEqual({
      given: [
        ['/c.yaml:1: name', 'a'],
        ['/c.yaml:4: limits.max_connections', '7'],
        ['/c.yaml:5: limits.strict', 'false'],
      ],
      problems: [],
    });
  });

  it('may be JSON, and may have anchors', async () => {
    const json = await read('{"idle_timeout": "2s",\n "limits": {"max_bytes": 65536}}');
    expect(json.given).toEqual([
      ['/c.yaml:1: idle_timeout', '2s'],
      ['/c.yaml:2: limits.max_bytes', '65536'],
    ]);
    const anchored = await read('name: &n 5s\nidle_timeout: *n');
    expect(anchored.given).toEqual([
      ['/c.yaml:1: name', '5s'],
      ['/c.yaml:2: idle_timeout', '5s'],
    ]);
  });

  it.each(['232345678901234567', '0042', '1.0', '1e3', '0x10', '0.0000001', '.inf', '-0'])(
    'takes the number %s as it stands there',
    async (number) => {
      const set = [['/c.yaml:1: name', number]];
      expect(await read(`name: ${number}`)).toEqual({ given: set, problems: [] });
    },
  );

  it.each(['', '# nothing', 'name:', 'name: null\nlimits:', "name: ''", 'limits: {}'])(
    'sets nothing by %j',
    async (content) => {
      expect(await read(content)).toEqual({ given: [], problems: [] });
    },
  );

  it.each([
    ['maxConnections: 7', 'maxConnections is no setting; did you mean limits.max_connections?'],
    ['idle-timeout: 1s', 'idle-timeout is no setting; did you mean idle_timeout?'],
    ['idle_timout: 1s', 'idle_timout is no setting; did you mean idle_timeout?'],
    [
      'limits:\n  max_connection: 7',
      'limits.max_connection is no setting; did you mean limits.max_connections?',
    ],
    [
      'limits.max_bytes: 7',
      'limits.max_bytes is no key of a file; there it is a mapping, limits, with max_bytes in it',
    ],
    ['lmits: {}', 'lmits is no setting; there are: name, idle_timeout, limits.max_connections, '],
    ['__proto__: 1', '__proto__ is no setting; there are: name'],
    ['name: [a]', 'name has to be one value, neither a list nor a mapping'],
    ['name: {a: 1}', 'name has to be one value, neither a list nor a mapping'],
    ['limits: 5', 'limits has to be a mapping'],
    ['- name', 'the file has to be a mapping'],
    ['text', 'the file has to be a mapping'],
  ])('is refused as %j: %s', async (content, problem) => {
    const { problems } = await read(content);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(/^\/c\.yaml:\d: /);
    expect(problems[0]).toContain(problem);
  });

  it('names every unknown setting, and its line', async () => {
    const { problems } = await read('nam: a\nname: b\nlimits:\n  strct: true\n  x: 1\n');
    expect(problems.map((problem) => problem.split(' is no')[0])).toEqual(
      expect.arrayContaining(['/c.yaml:1: nam', '/c.yaml:4: limits.strct', '/c.yaml:5: limits.x']),
    );
  });

  it.each([
    ['name: a\nname: b', /c\.yaml:2: .*unique/],
    ['a: [', /c\.yaml:1: /],
    ['a: 1\n---\nb: 2', /c\.yaml:2: /],
    ['name: *gone', /c\.yaml: .*alias/],
    [BOMB, /c\.yaml: .*alias/],
  ])('is refused where it is no YAML: %j', async (content, problem) => {
    const refused = read(content);
    await expect(refused).rejects.toThrow(problem);
    await expect(refused).rejects.toMatchObject({ name: 'ConfigError' });
  });

  it('has to be there', async () => {
    const file = join(folder, 'none.yaml');
    const missing = readConfigFile(file, TABLE);
    await expect(missing).rejects.toThrow(`the configuration file ${file} cannot be read: ENOENT`);
    await expect(missing).rejects.toMatchObject({ name: 'ConfigError' });
  });
});
