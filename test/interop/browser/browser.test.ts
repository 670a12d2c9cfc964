/**
 * The client of docs/clients/browser.md against a live service. It speaks through `fetch`, which is all
 * it has in a browser.
 */
import { readFileSync } from 'node:fs';
import { toJsonString } from '@bufbuild/protobuf';
import { Code, ConnectError } from '@connectrpc/connect';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ManifestSchema } from '../../../gen/catalogd/v1/catalog_pb.ts';
import { type CatalogdProcess, startProcess } from '../../support/catalogd-process.ts';
import { fencedBlocks } from '../fenced-blocks.mjs';
import { type CatalogClient, connect, detailsOf, names, register } from './client.ts';
import { printConflict } from './conflict.ts';

const BIG = 2n ** 53n + 1n;

let service: CatalogdProcess;
let client: CatalogClient;
beforeAll(async () => {
  service = await startProcess('memory:');
  client = connect(`http://${service.address}`);
});
afterAll(() => service.end('SIGTERM'));

function text(path: string): string {
  return readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');
}

/** A file of this folder as the page shows it: generated code stands beside it there. */
function asShown(file: string): string {
  return text(`test/interop/browser/${file}`).replaceAll('../../../gen/', './gen/');
}

async function refusalOf(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => {
      throw new Error('the call was to be refused');
    },
    (error: unknown) => error,
  );
}

describe('the pages', () => {
  it.each([
    ['docs/clients/browser.md', 'client.ts'],
    ['docs/clients/conflict.md', 'conflict.ts'],
  ])('%s shows %s', (page, file) => {
    expect(fencedBlocks(text(page), 'ts').join('\n')).toBe(asShown(file));
  });
});

describe('a browser client', () => {
  it('registers, replays and registers again', async () => {
    const request = {
      name: 'browser/a',
      schemaFingerprint: 'fp-1',
      objects: [{ key: 's3://lake/1', sizeBytes: BIG, rowCount: 0n }, { key: 's3://lake/0' }],
      requestId: 'one',
    };
    const created = await register(client, request);
    expect(created).toMatchObject({ existing: false, replayed: false, version: 1n });
    const [first, second] = created.manifest?.objects ?? [];
    expect(first).toMatchObject({ sizeBytes: BIG, rowCount: 0n });
    expect(second?.rowCount).toBeUndefined();
    expect(created.manifest?.rowCount).toBeUndefined();

    expect(await register(client, request)).toMatchObject({ replayed: true, version: 1n });
    const existing = await register(client, { ...request, requestId: 'two', rowCount: 0n });
    expect(existing).toMatchObject({ existing: true, version: 2n, manifest: { rowCount: 0n } });
  });

  it('reads by GET, in pages', async () => {
    for (let i = 0; i < 101; i += 1) {
      const name = `pages/${String(i).padStart(3, '0')}`;
      await register(client, { name, schemaFingerprint: 'fp', requestId: name });
    }
    const found: string[] = [];
    for await (const name of names(client, 'pages/')) found.push(name);
    expect(found).toHaveLength(101);
    expect(found).toEqual(found.toSorted());
    const { nextPageToken } = await client.listManifests({ prefix: 'pages/' });
    expect(nextPageToken).not.toBe('');
  });

  it('has int64 as bigint, which only the JSON of protobuf can write', async () => {
    const { manifest } = await register(client, {
      name: 'browser/json',
      schemaFingerprint: 'fp',
      rowCount: BIG,
      requestId: 'json',
    });
    if (manifest === undefined) throw new Error('no manifest');
    expect(() => JSON.stringify(manifest)).toThrow(/BigInt/);
    expect(JSON.parse(toJsonString(ManifestSchema, manifest)).rowCount).toBe(String(BIG));
  });

  it('decodes what is wrong with a call', async () => {
    const bad = await refusalOf(register(client, { name: '', requestId: 'bad' }));
    expect(ConnectError.from(bad).code).toBe(Code.InvalidArgument);
    expect(detailsOf(bad).fields.map(({ field }) => field)).toContain('name');
    const none = await refusalOf(client.getManifest({ name: 'browser/none' }));
    expect(detailsOf(none).reason).toBe('MANIFEST_NOT_FOUND');
  });

  it('prints a conflict as docs/clients/conflict.md shows it', async () => {
    await register(client, {
      name: 'sales/orders',
      schemaFingerprint: 'orders-v1',
      requestId: 'orders',
    });
    const lines: string[] = [];
    await printConflict(client, (line) => lines.push(line));
    const [shown] = fencedBlocks(text('docs/clients/conflict.md'), 'text typescript');
    expect(`${lines.join('\n')}\n`).toBe(shown);
  });

  it('repeats a write that got no answer, with the same request id', async () => {
    const unreachable = connect('http://127.0.0.1:1');
    const ids: (string | undefined)[] = [];
    const flaky: Pick<CatalogClient, 'registerManifest'> = {
      registerManifest(request, options) {
        ids.push(request.requestId);
        return (ids.length < 3 ? unreachable : client).registerManifest(request, options);
      },
    };
    const request = { name: 'browser/again', schemaFingerprint: 'fp', requestId: 'same' };
    expect(await register(flaky, request)).toMatchObject({ existing: false });
    expect(ids).toEqual(['same', 'same', 'same']);
  });

  it('takes a conflict for an answer', async () => {
    await register(client, { name: 'browser/c', schemaFingerprint: 'fp-1', requestId: 'c1' });
    let calls = 0;
    const counting: Pick<CatalogClient, 'registerManifest'> = {
      registerManifest(request, options) {
        calls += 1;
        return client.registerManifest(request, options);
      },
    };
    const request = { name: 'browser/c', schemaFingerprint: 'fp-2', requestId: 'c2' };
    const error = await refusalOf(register(counting, request));
    expect(detailsOf(error).reason).toBe('FINGERPRINT_CONFLICT');
    expect(calls).toBe(1);
  });
});

it('is not let in from another origin, as docs/clients/browser.md says', async () => {
  const url = `http://${service.address}/catalogd.v1.CatalogService/RegisterManifest`;
  const headers = { origin: 'https://app.example.com' };
  const preflight = await fetch(url, {
    method: 'OPTIONS',
    headers: { ...headers, 'access-control-request-method': 'POST' },
  });
  expect(preflight.ok).toBe(false);
  expect(preflight.headers.get('access-control-allow-origin')).toBeNull();
  const call = await fetch(url, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: '{}',
  });
  expect(call.headers.get('access-control-allow-origin')).toBeNull();
});
