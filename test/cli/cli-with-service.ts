import { afterAll, beforeAll, expect } from '@jest/globals';
import { type RunningCatalogd, startCatalogd } from '../../src/server/catalogd.ts';
import { silentLog } from '../support/catalog.ts';
import { run } from './run-cli.ts';

/** A service for the tests of a file, and the command line that calls it. */
export function cliWithService() {
  let service: RunningCatalogd;
  beforeAll(async () => {
    service = await startCatalogd({
      ...{ store: 'memory:', host: '127.0.0.1', port: 0, exclusive: false },
      ...{ refreshIntervalMs: 2_000, drainTimeoutMs: 1_000, startTimeoutMs: 1_000 },
      log: silentLog,
    });
    await service.ready;
  });
  afterAll(() => service.stop());

  const cli = (args: readonly string[], stdin = '') =>
    run(args, { stdin, env: { CATALOGD_ADDRESS: `127.0.0.1:${service.port}` } });

  /** What a command that has to succeed prints with `--json`. */
  async function json(args: readonly string[], stdin = '') {
    const { code, out, err } = await cli([...args, '--json'], stdin);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    return JSON.parse(out);
  }
  return { cli, json };
}
