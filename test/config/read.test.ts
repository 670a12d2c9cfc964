import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { effectiveSettings, readFlags, readSettings } from '../../src/config/read.ts';
import { renderConfig } from '../../src/config/render.ts';
import type { SettingsTable } from '../../src/config/setting.ts';
import { SETTINGS } from '../../src/config/settings.ts';
import { text } from '../../src/config/text.ts';
import { run } from '../cli/run-cli.ts';
import { tempFolder } from '../support/temp-folder.ts';

const folder = tempFolder();

async function file(content: string): Promise<string> {
  const path = join(folder, `${Math.random()}.yaml`);
  await writeFile(path, content);
  return path;
}

describe('where settings come from', () => {
  it('is the flag, else the variable, else the file, else the default', async () => {
    const config = await file('store: "memory:"\nlog_level: warn\ndrain_timeout: 1s\n');
    const env = {
      CATALOGD_CONFIG: config,
      CATALOGD_LOG_LEVEL: 'error',
      CATALOGD_DRAIN_TIMEOUT: '2s',
    };
    expect(await readSettings(SETTINGS, { flags: { drainTimeout: '3s' }, env })).toMatchObject({
      drainTimeoutMs: 3_000,
      logLevel: 'error',
      store: 'memory:',
      startTimeoutMs: 300_000,
    });
  });

  it('is the file of the flag rather than of the variable', async () => {
    const config = await file('log_level: warn');
    const env = { CATALOGD_CONFIG: join(folder, 'none') };
    expect((await readSettings(SETTINGS, { flags: { config }, env })).logLevel).toBe('warn');
  });

  it('is no file for an empty variable; an empty flag is a mistake', async () => {
    const env = { CATALOGD_CONFIG: '' };
    expect((await readSettings(SETTINGS, { flags: {}, env })).logLevel).toBe('info');
    const { code, out, err } = await run(['serve', '--config', ''], { env });
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain('--config: must not be empty');
    const flags = { config: await file(''), tokens: '', policy: '' };
    await expect(readSettings(SETTINGS, { flags, env: {} })).rejects.toMatchObject({
      problems: [
        '--tokens: must not be empty; leave it out to do without',
        '--policy: must not be empty; leave it out to do without',
      ],
    });
  });

  it('is named for every wrong setting of every place at once', async () => {
    const config = await file('log_level: loud\ndrain: 1s\nstart_timeout: 5\nrefresh_interval: x');
    const { code, out, err } = await run(['serve', '--config', config, '--listen', 'y'], {
      env: { CATALOGD_EXCLUSIVE: 'z', CATALOGD_REFRESH_INTERVAL: '1s' },
    });
    expect({ code, out }).toEqual({ code: 2, out: '' });
    const lines = err.trimEnd().split('\n');
    expect(lines).toEqual([
      expect.stringContaining(`${config}:2: drain is no setting`),
      expect.stringContaining('--listen: "y"'),
      expect.stringContaining('CATALOGD_EXCLUSIVE: "z"'),
      expect.stringContaining(`${config}:3: start_timeout: "5"`),
      expect.stringContaining(`${config}:1: log_level: "loud"`),
    ]);
  });

  it('is the file for the commands that work on the store, too', async () => {
    const config = await file(`store: file:${folder}/none\n`);
    const { code, err } = await run(['verify'], { env: { CATALOGD_CONFIG: config } });
    expect(err).toContain(`${folder}/none`);
    expect(code).not.toBe(0);
  });
});

describe('a secret', () => {
  const TABLE = {
    token: {
      type: {
        ...text('word'),
        parse: (given: string) => {
          if (given.length < 9) throw new RangeError(`${given} is too short`);
          return given;
        },
      },
      secret: true,
      help: 'not to be seen',
    },
  } as const satisfies SettingsTable;

  it('is not in the refusal', () => {
    const refused = () => readFlags(TABLE, { flags: { token: 'hush' }, env: {} });
    expect(refused).toThrow(
      '--token: the value, which is secret, is not accepted; accepted: a word',
    );
    expect(refused).not.toThrow('hush');
  });

  it('is not in the effective configuration', async () => {
    const env = { CATALOGD_TOKEN: 'hush-hush-hush' };
    expect(renderConfig(await effectiveSettings(TABLE, { flags: {}, env }))).toBe(
      'token: null # secret, from CATALOGD_TOKEN\n',
    );
  });
});

describe('catalogd config', () => {
  it('prints each value with where it came from', async () => {
    const config = await file('log_level: warn');
    const { code, out, err } = await run(
      ['config', '--config', config, '--no-exclusive', '--data-root', 's3://b/'],
      { env: { CATALOGD_LISTEN: '[::1]:7070', CATALOGD_EXCLUSIVE: 'true' } },
    );
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const lines = out.split('\n');
    expect(lines).toEqual(
      expect.arrayContaining([
        'store: file:./catalogd-data # default',
        'listen: "[::1]:7070" # CATALOGD_LISTEN',
        'data_root: s3://b/ # --data-root',
        'exclusive: false # --no-exclusive',
        'tombstone_retention: null # not set: until they are purged by a call',
        `log_level: warn # ${config}:1: log_level`,
      ]),
    );
  });

  it('prints what --config takes again, to the same effect', async () => {
    const args = ['--store', 's3://b/p?region=x', '--exclusive', '--tombstone-retention', '30d'];
    const first = await run(['config', ...args]);
    const again = await run(['config', '--config', await file(first.out)]);
    expect(again.code).toBe(0);
    expect(parse(again.out)).toEqual(parse(first.out));
    expect(parse(first.out)).toMatchObject({ exclusive: true, tombstone_retention: '30d' });
  });

  it('shows no credentials that a store should not have', async () => {
    const { out } = await run(['config', '--store', 's3://key:hush@bucket/p']);
    expect(out).toContain('store: s3://***@bucket/p # --store');
  });

  it('refuses what serve refuses', async () => {
    const { code, out, err } = await run(['config', '--listen', 'x']);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain('--listen: "x"');
  });
});
