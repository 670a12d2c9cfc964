import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createCatalogClient } from '../../src/client/client.ts';
import { type RunningCatalogd, startCatalogd } from '../../src/server/catalogd.ts';
import { silentLog } from '../support/catalog.ts';
import { tempFolder } from '../support/temp-folder.ts';

const folder = tempFolder();

describe('/metrics', () => {
  let catalogd: RunningCatalogd;
  beforeAll(async () => {
    catalogd = await startCatalogd({
      store: 'memory:',
      auditLog: join(folder, 'audit.ndjson'),
      host: '127.0.0.1',
      port: 0,
      exclusive: false,
      refreshIntervalMs: 1_000,
      drainTimeoutMs: 1_000,
      startTimeoutMs: 1_000,
      log: silentLog,
    });
    await catalogd.ready;
  });
  afterAll(() => catalogd.stop());

  const scrape = async () => {
    const answer = await fetch(`http://127.0.0.1:${catalogd.port}/metrics`);
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0.0.4/);
    return answer.text();
  };

  it('counts calls by method, code and reason, and the calls of the store; shows the index', async () => {
    const client = createCatalogClient({ address: `127.0.0.1:${catalogd.port}` });
    await client.registerManifest({ name: 'a', schemaFingerprint: 'fp' });
    await client.registerManifest({ name: 'a', schemaFingerprint: 'fp' });
    await expect(
      client.registerManifest({ name: 'a', schemaFingerprint: 'other' }),
    ).rejects.toThrow();
    await client.getManifest({ name: 'a' });
    client.close();
    const lines = (await scrape()).split('\n');
    const register = 'method="catalogd.v1.CatalogService/RegisterManifest"';
    for (const line of [
      `catalogd_calls_total{${register},code="OK",reason=""} 2`,
      `catalogd_calls_total{${register},code="FailedPrecondition",reason="FINGERPRINT_CONFLICT"} 1`,
      `catalogd_call_duration_seconds_count{${register},code="OK"} 2`,
      `catalogd_call_duration_seconds_bucket{le="+Inf",${register},code="OK"} 2`,
      `catalogd_call_duration_seconds_count{${register},code="FailedPrecondition"} 1`,
      `catalogd_calls_in_flight{${register}} 0`,
      'catalogd_store_calls_total{kind="put",outcome="ok"} 2',
      'catalogd_index_manifests 1',
      'catalogd_watchers 0',
      'catalogd_index_age_seconds 0',
      'catalogd_index_overdue_seconds 0',
    ]) {
      expect(lines).toContain(line);
    }
    expect(lines.some((line) => line.startsWith('nodejs_eventloop_lag_seconds '))).toBe(true);
  });

  it('are those that docs/metrics.md names, each with its meaning', async () => {
    const helps = [...(await scrape()).matchAll(/^# HELP (\S+) (.+)$/gm)];
    const page = await readFile(new URL('../../docs/metrics.md', import.meta.url), 'utf8');
    const rows = [...page.matchAll(/^\| `((?:catalogd|process|nodejs)_\w+)` \| (.+) \|$/gm)];
    const sorted = (found: readonly RegExpExecArray[]) =>
      found.map(([, name, meaning]) => `${name}: ${meaning}`).sort();
    expect(sorted(rows)).toEqual(sorted(helps));
  });

  it('refuses other methods', async () => {
    const url = `http://127.0.0.1:${catalogd.port}/metrics`;
    expect((await fetch(url, { method: 'POST' })).status).toBe(405);
  });
});
