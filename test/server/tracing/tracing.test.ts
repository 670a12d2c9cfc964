import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createCatalogClient } from '../../../src/client/client.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const folder = tempFolder();
const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT = '00f067aa0ba902b7';

/** The part of OTLP's JSON that is looked at (opentelemetry-proto, trace.proto). */
interface OtlpSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly attributes: { key: string; value: Record<string, unknown> }[];
}

/** A collector: takes OTLP over HTTP, and keeps the spans. */
async function startCollector() {
  const spans: OtlpSpan[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      const { resourceSpans } = JSON.parse(Buffer.concat(chunks).toString());
      for (const { scopeSpans } of resourceSpans) {
        for (const scope of scopeSpans) spans.push(...scope.spans);
      }
      response.setHeader('content-type', 'application/json');
      response.end('{}');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { spans, endpoint: `http://127.0.0.1:${port}`, close: () => server.close() };
}

async function startCatalogd(env: Record<string, string>) {
  const args = ['bin/catalogd.js', 'serve', '--store', 'memory:', '--listen', '127.0.0.1:0'];
  const child = spawn(process.execPath, [...args, '--access-log', '1'], {
    env: { ...process.env, ...env },
  });
  let [out, log] = ['', ''];
  child.stderr.on('data', (chunk) => {
    log += chunk;
  });
  const ready = Promise.withResolvers<void>();
  child.stdout.on('data', (chunk) => {
    out += chunk;
    if (out.includes('is ready')) ready.resolve();
  });
  child.once('exit', () => ready.reject(new Error(`ended: ${out}${log}`)));
  await ready.promise;
  const address = /listens on (\S+)/.exec(out)?.[1] ?? '';
  const stop = async () => {
    child.kill('SIGTERM');
    if (child.exitCode === null) await once(child, 'exit');
    return log;
  };
  return { address, stop };
}

describe('the spans of a register, at a collector', () => {
  let collector: Awaited<ReturnType<typeof startCollector>>;
  let log = '';
  beforeAll(async () => {
    collector = await startCollector();
    const { address, stop } = await startCatalogd({
      OTEL_TRACES_EXPORTER: 'otlp',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
    });
    const body = JSON.stringify({ schemaFingerprint: 'fp' });
    const headers = {
      'content-type': 'application/json',
      traceparent: `00-${TRACE}-${PARENT}-01`,
    };
    await fetch(`http://${address}/v1/manifests/a`, { method: 'PUT', headers, body });
    const client = createCatalogClient({ address });
    await client.getManifest({ name: 'nope' }).catch(() => {});
    client.close();
    log = await stop();
  }, 120_000);
  afterAll(() => void collector.close());

  const named = (name: string) => collector.spans.filter((span) => span.name === name);
  const attributes = (span: OtlpSpan | undefined) =>
    Object.fromEntries(
      span?.attributes.map(({ key, value }) => [key, Object.values(value)[0]]) ?? [],
    );

  it('has the server span as a child of the caller, the registry and the store below it', () => {
    const [server] = named('catalogd.v1.CatalogService/RegisterManifest');
    expect(server).toMatchObject({ traceId: TRACE, parentSpanId: PARENT });
    expect(attributes(server)).toMatchObject({
      'rpc.service': 'catalogd.v1.CatalogService',
      'rpc.method': 'RegisterManifest',
      'catalogd.dataset': 'a',
      'catalogd.protocol': 'http',
    });
    const below = { traceId: TRACE, parentSpanId: server?.spanId };
    for (const name of ['registry lock', 'registry decide', 'store put']) {
      const ofTrace = named(name).filter(({ traceId }) => traceId === TRACE);
      expect(ofTrace).toHaveLength(1);
      expect(ofTrace[0]).toMatchObject(below);
    }
    const put = named('store put').find(({ traceId }) => traceId === TRACE);
    expect(attributes(put)).toMatchObject({
      'catalogd.store.key': '_catalog/manifests/a.parquet',
      'catalogd.store.outcome': 'ok',
    });
  });

  it('says of a call over gRPC that failed with which code and why', () => {
    const [get] = named('catalogd.v1.CatalogService/GetManifest');
    expect(attributes(get)).toMatchObject({
      'rpc.system': 'grpc',
      'rpc.grpc.status_code': 5,
      'error.type': 'MANIFEST_NOT_FOUND',
    });
    expect(get?.traceId).not.toBe(TRACE);
  });

  it('is found from the lines of the log', () => {
    const lines = log
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const [server] = named('catalogd.v1.CatalogService/RegisterManifest');
    expect(lines).toContainEqual(
      expect.objectContaining({ msg: 'call', trace_id: TRACE, span_id: server?.spanId }),
    );
  });
});

it('loads nothing of OpenTelemetry but its API where nobody asks for spans', async () => {
  const record = join(folder, 'modules.txt');
  const hook = new URL('../../cli/record-modules.mjs', import.meta.url).href;
  const { stop } = await startCatalogd({
    OTEL_TRACES_EXPORTER: 'none',
    NODE_OPTIONS: `--import ${hook}`,
    RECORD_MODULES: record,
  });
  await stop();
  const loaded = await readFile(record, 'utf8');
  expect(loaded).toContain('/src/server/catalogd.ts');
  expect(loaded).not.toMatch(/@opentelemetry\/(?!api\/)/);
}, 60_000);
