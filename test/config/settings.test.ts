import { describe, expect, it } from '@jest/globals';
import { readSettings } from '../../src/config/read.ts';
import { namedSettings } from '../../src/config/setting.ts';
import { SETTINGS } from '../../src/config/settings.ts';
import { run } from '../cli/run-cli.ts';

const read = (flags: Record<string, string | boolean>, env: Record<string, string> = {}) =>
  readSettings(SETTINGS, { flags, env });

const NAMED = namedSettings(SETTINGS);

describe('the settings of the service', () => {
  it('have defaults', async () => {
    expect(await read({})).toMatchObject({
      store: 'file:./catalogd-data',
      listen: { host: '127.0.0.1', port: 7070 },
      exclusive: false,
      quarantine: false,
      refreshIntervalMs: 2_000,
      shutdownDelayMs: 0,
      drainTimeoutMs: 10_000,
      fastLane: true,
      startTimeoutMs: 300_000,
      logLevel: 'info',
    });
  });

  const VALUES = [
    ['store', 'CATALOGD_STORE', 's3://b/p?region=eu', { store: 's3://b/p?region=eu' }],
    ['store', 'CATALOGD_STORE', 'memory:', { store: 'memory:' }],
    ['listen', 'CATALOGD_LISTEN', '[::]:0', { listen: { host: '::', port: 0 } }],
    ['dataRoot', 'CATALOGD_DATA_ROOT', 's3://lake/data', { dataRoot: 's3://lake/data' }],
    ['dataRoot', 'CATALOGD_DATA_ROOT', 'file:///srv', { dataRoot: 'file:///srv' }],
    ['exclusive', 'CATALOGD_EXCLUSIVE', 'true', { exclusive: true }],
    ['quarantine', 'CATALOGD_QUARANTINE', 'true', { quarantine: true }],
    ['refreshInterval', 'CATALOGD_REFRESH_INTERVAL', '30s', { refreshIntervalMs: 30_000 }],
    [
      'checkpointInterval',
      'CATALOGD_CHECKPOINT_INTERVAL',
      '1h',
      { checkpointIntervalMs: 3_600_000 },
    ],
    ['drainTimeout', 'CATALOGD_DRAIN_TIMEOUT', '500ms', { drainTimeoutMs: 500 }],
    ['startTimeout', 'CATALOGD_START_TIMEOUT', '1.5m', { startTimeoutMs: 90_000 }],
    ['logLevel', 'CATALOGD_LOG_LEVEL', 'silent', { logLevel: 'silent' }],
  ] as const;

  it.each(VALUES)('%s comes by flag and by %s: %s', async (flag, env, text, expected) => {
    expect(await read({ [flag]: text })).toMatchObject(expected);
    expect(await read({}, { [env]: text })).toMatchObject(expected);
  });

  it('prefer the flag to the variable, and take an empty variable for none', async () => {
    expect((await read({ store: 'memory:' }, { CATALOGD_STORE: 'file:x' })).store).toBe('memory:');
    expect((await read({}, { CATALOGD_STORE: '' })).store).toBe('file:./catalogd-data');
    expect((await read({ exclusive: false }, { CATALOGD_EXCLUSIVE: 'true' })).exclusive).toBe(
      false,
    );
  });

  it.each([
    ['store', 'CATALOGD_STORE', 'ftp://x', 'accepted: file:DIR, s3://BUCKET/PREFIX'],
    ['store', 'CATALOGD_STORE', 'file:', 'accepted: file:DIR'],
    ['store', 'CATALOGD_STORE', 'memory:x', 'accepted: file:DIR'],
    ['store', 'CATALOGD_STORE', './data', 'accepted: file:DIR'],
    ['listen', 'CATALOGD_LISTEN', '7070', 'for example 127.0.0.1:7070'],
    ['listen', 'CATALOGD_LISTEN', 'localhost:99999', 'a port of 0 to 65535'],
    ['dataRoot', 'CATALOGD_DATA_ROOT', 'data/', 'not an absolute URI'],
    ['dataRoot', 'CATALOGD_DATA_ROOT', 's3://key:secret@b', 'without credentials'],
    ['dataRoot', 'CATALOGD_DATA_ROOT', 's3://b/p?x=1', 'without credentials and query'],
    ['oidcJwks', 'CATALOGD_OIDC_JWKS', 'https://key:secret@h/k', 'a URL with credentials'],
    ['drainTimeout', 'CATALOGD_DRAIN_TIMEOUT', '5', 'for example 500ms, 10s, 5m or 1h'],
    ['drainTimeout', 'CATALOGD_DRAIN_TIMEOUT', '0s', '1ms to 24h'],
    ['startTimeout', 'CATALOGD_START_TIMEOUT', '25h', '1ms to 24h'],
    ['startTimeout', 'CATALOGD_START_TIMEOUT', '-1s', '1ms to 24h'],
    ['logLevel', 'CATALOGD_LOG_LEVEL', 'loud', 'fatal, error, warn, info, debug, trace, silent'],
    ['exclusive', 'CATALOGD_EXCLUSIVE', 'yes', 'accepted: true, false'],
  ])('refuse %s (%s) = %j', async (flag, env, text, accepted) => {
    const dashed = `--${flag.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    for (const [origin, flags, variables] of [
      [dashed, { [flag]: text }, {}],
      [env, {}, { [env]: text }],
    ] as const) {
      const refused = await read(flags, variables).catch((error: Error) => error.message);
      expect(refused).toContain(
        `${origin}: ${JSON.stringify(text.replace('key:secret', '***'))} is`,
      );
      expect(refused).toContain(accepted);
    }
  });

  it('are refused all at once, before anything is started, with exit code 2', async () => {
    const { code, out, err } = await run(['serve', '--listen', 'x', '--log-level', 'y'], {
      env: { CATALOGD_STORE: 'z' },
    });
    expect(code).toBe(2);
    expect(out).toBe('');
    expect(err).toContain('CATALOGD_STORE: "z"');
    expect(err).toContain('--listen: "x"');
    expect(err).toContain('--log-level: "y"');
  });

  it('ignore what Kubernetes puts beside a service named catalogd', async () => {
    const env = { CATALOGD_PORT: 'tcp://10.0.0.1:7070', CATALOGD_SERVICE_HOST: '10.0.0.1' };
    expect(await read({}, env)).toEqual(await read({}));
    for (const named of NAMED) {
      expect(named.env).not.toMatch(/^CATALOGD_(PORT|SERVICE)(_|$)/);
    }
  });

  it.each(NAMED)('$path: its default is accepted, and its help is one line', ({ setting }) => {
    const { default: text, type, help, absent } = setting;
    if (text !== undefined) expect(() => type.parse(text)).not.toThrow();
    expect(`${help}${absent ?? ''}`).not.toMatch(/\n|\.$/);
  });

  it('have names of their own', () => {
    for (const key of ['path', 'flag', 'env'] as const) {
      expect(new Set(NAMED.map((named) => named[key])).size).toBe(NAMED.length);
    }
  });
});
