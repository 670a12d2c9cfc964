import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Code } from '@connectrpc/connect';
import { describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { parse } from 'yaml';
import { Policy } from '../../src/auth/policy.ts';
import { createCatalogClient } from '../../src/client/client.ts';
import { readSettings } from '../../src/config/read.ts';
import { namedSettings } from '../../src/config/setting.ts';
import { SETTINGS } from '../../src/config/settings.ts';
import { startCatalogd } from '../../src/server/catalogd.ts';

const path = (file: string) => fileURLToPath(new URL(`../../${file}`, import.meta.url));
const read = (file: string) => readFileSync(path(file), 'utf8');
const VERSION: string = JSON.parse(read('package.json')).version;
const OPERATIONS = read('docs/operations.md');

describe('deploy/kubernetes', () => {
  const flags = { config: path('deploy/kubernetes/catalogd.yaml') };
  const deployment = parse(read('deploy/kubernetes/deployment.yaml'));
  const pod = deployment.spec.template.spec;

  it('has a configuration and a policy that catalogd accepts', async () => {
    const settings = await readSettings(SETTINGS, { flags, env: {} });
    expect(settings).toMatchObject({ insecure: false, listen: { host: '0.0.0.0', port: 7070 } });
    expect(settings.tls.cert).toBeDefined();
    expect(settings.tokens).toBeDefined();
    expect(Policy.parse(read('deploy/kubernetes/policy.yaml')).size).toBeGreaterThan(0);
  });

  it('gives a pod the time that its end may take, and its start', async () => {
    const settings = await readSettings(SETTINGS, { flags, env: {} });
    const { shutdownDelayMs, drainTimeoutMs, startTimeoutMs } = settings;
    // As src/cli/actions/serve.ts bounds it: the calls, what they have left at the store, the checkpoint.
    const endMs = shutdownDelayMs + 3 * drainTimeoutMs + 5_000;
    expect(pod.terminationGracePeriodSeconds * 1_000).toBeGreaterThan(endMs);
    const { alerts } = rules();
    const notReady = alerts.find(({ alert }) => alert === 'CatalogdNotReady');
    expect(Number.parseInt(notReady?.for ?? '', 10) * 60_000).toBeGreaterThan(startTimeoutMs);
  });

  it('mounts the files that the configuration names, and probes the ports that it opens', async () => {
    const settings = await readSettings(SETTINGS, { flags, env: {} });
    const [container] = pod.containers;
    const mounts: string[] = container.volumeMounts.map(
      ({ mountPath }: { mountPath: string }) => mountPath,
    );
    for (const file of [settings.tls.cert, settings.tls.key, settings.tokens, settings.policy]) {
      expect(mounts.some((mount) => file?.startsWith(`${mount}/`))).toBe(true);
    }
    const ports = Object.fromEntries(
      container.ports.map((port: { name: string; containerPort: number }) => [
        port.name,
        port.containerPort,
      ]),
    );
    expect(ports).toEqual({ grpc: settings.listen.port, admin: settings.adminListen?.port });
  });

  it('runs this version, with a heap that fits the memory, of which the alarm knows', () => {
    const { images } = parse(read('deploy/kubernetes/kustomization.yaml'));
    expect(images).toEqual([{ name: 'catalogd', newTag: VERSION }]);
    const [container] = pod.containers;
    expect(container.resources.limits.memory).toBe('2Gi');
    expect(container.env[0].value).toBe(`--max-old-space-size=${Math.floor((2 * 1024 * 2) / 3)}`);
    const memory = rules().alerts.find(({ alert }) => alert === 'CatalogdMemoryHigh');
    expect(memory?.expr).toContain('1.8 * 1024 ^ 3');
  });
});

describe('deploy/compose', () => {
  it('sets only what there is', () => {
    const { services } = parse(read('deploy/compose/compose.yaml'), { merge: true });
    const known = namedSettings(SETTINGS).map(({ env }) => env);
    const set = Object.keys(services.catalogd.environment).filter((name) => !/^AWS_/.test(name));
    expect(set.length).toBeGreaterThan(0);
    expect(known).toEqual(expect.arrayContaining(set));
    expect(services.catalogd.ports).toEqual(['127.0.0.1:7070:7070']);
  });
});

describe('deploy/prometheus and the runbook', () => {
  it('have each alarm in both, with what it looks at and what to do', () => {
    const { alerts } = rules();
    const headings = [...OPERATIONS.matchAll(/^### (Catalogd\w+)$/gm)].map(([, name]) => name);
    expect(headings.sort()).toEqual(alerts.map(({ alert }) => alert).sort());
  });

  it('name no metric that a real service does not have', async () => {
    const service = await startCatalogd({
      ...{ store: 'memory:', host: '127.0.0.1', port: 0, exclusive: false },
      ...{ refreshIntervalMs: 1_000, drainTimeoutMs: 1_000, startTimeoutMs: 1_000 },
      log: pino({ level: 'silent' }),
    });
    await service.ready;
    const client = createCatalogClient({ address: `127.0.0.1:${service.port}` });
    await client.registerManifest({ name: 'a', schemaFingerprint: 'f' });
    await client.getManifest({ name: 'none' }).catch(() => {});
    const metrics = await (await fetch(`http://127.0.0.1:${service.port}/metrics`)).text();
    client.close();
    await service.stop();
    const there = new Set([...metrics.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name));
    const text =
      OPERATIONS +
      rules()
        .alerts.map(({ expr }) => expr)
        .join('\n');
    const named = text.matchAll(/\b((?:catalogd|nodejs|process)_[a-z0-9_]+?)(?:_bucket)?\b(?!\.)/g);
    const missing = new Set([...named].map(([, name]) => name).filter((name) => !there.has(name)));
    expect([...missing]).toEqual([]);
    // The labels that the alarms choose by.
    expect(metrics).toMatch(/^catalogd_calls_total\{[^}]*code="NotFound"/m);
    const codes = [...text.matchAll(/code=~?"([^"]+)"/g)].flatMap(([, words = '']) =>
      words.split('|'),
    );
    expect(codes).toHaveLength(5);
    expect(Object.keys(Code)).toEqual(expect.arrayContaining(codes));
    expect(metrics).toMatch(/^catalogd_store_calls_total\{[^}]*kind="put"[^}]*outcome="ok"/m);
    expect(metrics).toMatch(/^catalogd_build_info\{[^}]*version="/m);
    expect(metrics).toMatch(/^catalogd_call_duration_seconds_bucket\{[^}]*method="[^"]*Manifest"/m);
  });
});

/** All alarms of the rule file. */
function rules() {
  const { groups } = parse(read('deploy/prometheus/alerts.yaml'));
  const alerts: { alert: string; expr: string; for?: string }[] = groups.flatMap(
    ({ rules }: { rules: unknown[] }) => rules,
  );
  return { alerts };
}
