/**
 * An S3 server that holds a catalog of many datasets at little cost: `s3-catalog.ts COUNT CHECKPOINT`.
 * The body of a manifest is made when it is asked for, always the same for one name, and its etag is a
 * function of the name alone, so that one etag never stands for two bodies. What is put is kept, if its
 * condition holds. There is a checkpoint of the first CHECKPOINT of them. It checks no signatures. A POST to
 * `/list-delay/MS` lets each LIST take that long from then on.
 */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { checkpointKey, checkpointOrigin } from '../../src/catalog/checkpoint-origin.ts';
import { datasetIdForName } from '../../src/catalog/dataset-id.ts';
import { entryOf } from '../../src/catalog/entry-of.ts';
import { etagOf as manifestEtagOf } from '../../src/catalog/etag.ts';
import { manifestKey } from '../../src/catalog/name.ts';
import { CheckpointFile } from '../../src/manifest/checkpoint.ts';
import { encodeManifest } from '../../src/manifest/encode.ts';
import type { ManifestFile } from '../../src/manifest/manifest.ts';
import { protobufViews } from '../../src/rpc/views.ts';
import type { Store } from '../../src/store/store.ts';
import { CATALOG_URL } from '../support/s3-catalog.ts';

const [count = 0, inCheckpoint = 0] = process.argv.slice(2).map(Number);
const PAGE = 1_000;
/** Objects of a dataset. */
const OBJECTS = 2;
const ROWS = 512;
const FILE_BYTES = 1 << 22;

const nameOf = (i: number) => `bench/events/dataset-${String(i).padStart(7, '0')}`;
const etagOf = (i: number) => String(i).padStart(32, '0');
const kept = new Map<string, Buffer>();
const etags = new WeakMap<Buffer, string>();
let delayMs = 0;

function manifestOf(i: number): ManifestFile {
  const name = nameOf(i);
  const writeId = `00000000-0000-4000-8000-${String(i).padStart(12, '0')}`;
  const manifest = {
    datasetId: datasetIdForName(name),
    name,
    schemaFingerprint: `parquet-v1:${String(i).padStart(64, '0')}`,
    objects: Array.from({ length: OBJECTS }, (_, part) => ({
      key: `s3://lake/${name}/part-${String(part).padStart(5, '0')}.snappy.parquet`,
      sizeBytes: 128_000_000n,
      rowCount: 1_000_000n,
    })),
    createdAt: 1_700_000_000_000_000n,
    updatedAt: 1_700_000_000_000_000n,
    version: 1n,
    labels: new Map([['team', 'benchmarks']]),
  };
  const write = { version: 1n, writeId, requestId: '', callHash: '', existing: false };
  return { manifest, writeId, recentWrites: [{ ...write, method: 'RegisterManifest' }] };
}

function packedOf(i: number): Uint8Array {
  return entryOf({ ...manifestOf(i), readOnly: false }, etagOf(i), protobufViews).packed;
}

/**
 * Packs entries by changing what differs from one that was packed before: to encode a million takes minutes.
 *
 * @throws {Error} if that does not give what encoding gives.
 */
function packer(): (i: number) => Uint8Array {
  const [model, sample] = [Math.max(0, count - 2), count - 1];
  const partsOf = (i: number) => {
    const { manifest, writeId } = manifestOf(i);
    const { datasetId, name, schemaFingerprint } = manifest;
    return [datasetId, name, schemaFingerprint, manifestEtagOf(manifest), writeId];
  };
  const bytes = Buffer.from(packedOf(model));
  const places = partsOf(model).map((part) => placesOf(bytes, part));
  const pack = (i: number) => {
    const copy = Buffer.from(bytes);
    for (const [at, part] of partsOf(i).entries()) {
      for (const place of places[at] ?? []) copy.write(part, place, 'latin1');
    }
    return copy;
  };
  if (Buffer.compare(pack(sample), packedOf(sample)) !== 0) {
    throw new Error('an entry differs from another in more than is known here');
  }
  return pack;
}

function placesOf(bytes: Buffer, part: string): number[] {
  const places: number[] = [];
  for (let at = bytes.indexOf(part); at !== -1; at = bytes.indexOf(part, at + 1)) places.push(at);
  return places;
}

function writeCheckpoint(url: string): void {
  const origin = checkpointOrigin({ url } as Store, protobufViews);
  const pack = packer();
  let file = new CheckpointFile(origin);
  let files = 0;
  for (let i = 0; i < inCheckpoint; i += ROWS) {
    const length = Math.min(ROWS, inCheckpoint - i);
    file.add(
      Array.from({ length }, (_, at) => ({
        name: nameOf(i + at),
        storeEtag: etagOf(i + at),
        entry: pack(i + at),
      })),
    );
    if (file.byteLength < FILE_BYTES && i + ROWS < inCheckpoint) continue;
    kept.set(checkpointKey(files++), Buffer.from(file.finish()));
    file = new CheckpointFile(origin);
  }
}

const server = createServer(async (request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '', 'http://s3');
  const key = decodeURIComponent(pathname.split('/').slice(2).join('/'));
  const body = await bodyOf(request);
  if (request.method === 'POST') {
    delayMs = Number(key);
    response.end();
  } else if (key === '') {
    if (delayMs > 0) await sleep(delayMs);
    response.end(list(searchParams));
  } else if (request.method === 'PUT') {
    const { 'if-match': match, 'if-none-match': none } = request.headers;
    const etag = currentEtag(key);
    if ((match !== undefined && match !== etag) || (none !== undefined && etag !== undefined)) {
      response.writeHead(412).end('<Error><Code>PreconditionFailed</Code></Error>');
    } else {
      kept.set(key, body);
      response.setHeader('etag', md5(body)).end();
    }
  } else if (request.method === 'DELETE') {
    kept.delete(key);
    response.writeHead(204).end();
  } else {
    const etag = currentEtag(key);
    const stored = kept.get(key);
    if (etag !== undefined) {
      response.setHeader('etag', etag).end(stored ?? encodeManifest(manifestOf(numberOf(key))));
    } else response.writeHead(404).end('<Error><Code>NoSuchKey</Code></Error>');
  }
});

/** The number of the dataset with that key, or -1. */
function numberOf(key: string): number {
  const i = Number(/dataset-(\d+)\.parquet$/.exec(key)?.[1] ?? -1);
  return i < count && key === manifestKey(nameOf(i)) ? i : -1;
}

function currentEtag(key: string): string | undefined {
  const stored = kept.get(key);
  if (stored !== undefined) return md5(stored);
  const i = numberOf(key);
  return i === -1 ? undefined : `"${etagOf(i)}"`;
}

function list(query: URLSearchParams): string {
  const prefix = query.get('prefix') ?? '';
  const content = (key: string, etag: string, size: number) =>
    `<Contents><Key>${key}</Key><LastModified>2026-11-25T00:00:00.000Z</LastModified><ETag>&quot;${etag}&quot;</ETag><Size>${size}</Size></Contents>`;
  const contents: string[] = [];
  let to = count;
  if (prefix.startsWith('_catalog/manifests/')) {
    const from = Number(query.get('continuation-token') ?? firstAfter(query.get('start-after')));
    to = Math.min(count, from + PAGE);
    for (let i = from; i < to; i++) {
      const key = manifestKey(nameOf(i));
      const stored = kept.get(key);
      contents.push(content(key, stored ? md5(stored).slice(1, -1) : etagOf(i), 2_000));
    }
  } else {
    for (const [key, body] of kept) {
      if (key.startsWith(prefix)) contents.push(content(key, md5(body).slice(1, -1), body.length));
    }
  }
  const next = to < count ? `<NextContinuationToken>${to}</NextContinuationToken>` : '';
  return `<?xml version="1.0" encoding="UTF-8"?><ListBucketResult><IsTruncated>${to < count}</IsTruncated>${next}${contents.join('')}</ListBucketResult>`;
}

/** The number of the first dataset whose key comes after that one. */
function firstAfter(key: string | null): number {
  let [low, high] = [0, count];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (manifestKey(nameOf(middle)) <= (key ?? '')) low = middle + 1;
    else high = middle;
  }
  return low;
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function md5(body: Buffer): string {
  const etag = etags.get(body) ?? `"${createHash('md5').update(body).digest('hex')}"`;
  etags.set(body, etag);
  return etag;
}

server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  // The checkpoint is of one store, whose URL has the port.
  if (inCheckpoint > 0) writeCheckpoint(CATALOG_URL(port));
  console.log(port);
});
