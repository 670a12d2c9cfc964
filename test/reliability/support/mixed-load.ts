import type { ClientHttp2Stream } from 'node:http2';
import type { DescMethod, MessageInitShape } from '@bufbuild/protobuf';
import { Consistency, ManifestView } from '../../../gen/catalogd/v1/catalog_pb.ts';
import { CatalogService } from '../../../gen/catalogd/v1/catalog_service_pb.ts';
import { MAX_RECENT_WRITES } from '../../../src/manifest/manifest.ts';
import { Random } from '../../linearizability/random.ts';
import { Counts } from './figures.ts';
import { GrpcCalls, OK } from './grpc.ts';
import { FINGERPRINT } from './manifests.ts';
import { seededName } from './s3.ts';

const { method } = CatalogService;

/** How often each kind of call is made. */
const WEIGHTS = {
  get: 50,
  strongGet: 6,
  missingGet: 2,
  batch: 6,
  list: 3,
  objects: 4,
  register: 10,
  repeated: 2,
  conflict: 2,
  update: 4,
  remove: 3,
  undelete: 2,
  purge: 1,
  connectJson: 3,
  facade: 2,
};

/** What a call of some kind may be answered with besides OK, by the reason of the error. */
const EXPECTED: Readonly<Record<string, readonly string[]>> = {
  missingGet: ['MANIFEST_NOT_FOUND'],
  conflict: ['FINGERPRINT_CONFLICT'],
  update: ['MANIFEST_NOT_FOUND'],
  remove: ['MANIFEST_NOT_FOUND'],
  undelete: ['MANIFEST_NOT_FOUND', 'MANIFEST_EXISTS'],
  purge: ['MANIFEST_NOT_FOUND', 'NOT_DELETED'],
};

/** How many names are registered, deleted and purged again and again. */
const LIVES = 500;
const lifeName = (i: number) => `life/dataset-${i}`;

/** How many calls may be under way; further ones are left out, so that a slow machine is no overload. */
const MAX_PENDING = 64;

/** Calls of every kind, at a steady rate as long as they are answered. */
export class MixedLoad {
  readonly #address: string;
  readonly #datasets: number;
  readonly #random: Random;
  readonly #timeoutMs: number;
  readonly #calls: GrpcCalls;
  #timer: NodeJS.Timeout | undefined;
  readonly #pending = new Set<Promise<void>>();
  /** Milliseconds of each gRPC call since {@link takeMs}. */
  #ms: number[] = [];
  #maxAgeMs = 0;
  calls = 0;
  /** What was answered and not expected, by kind, code and reason. */
  readonly unexpected = new Counts();

  constructor(address: string, datasets: number, seed: number, timeoutMs = 30_000) {
    this.#address = address;
    this.#datasets = datasets;
    this.#random = new Random(seed);
    this.#timeoutMs = timeoutMs;
    this.#calls = new GrpcCalls(address, 4);
  }

  start(perSecond: number): void {
    const began = performance.now();
    let made = 0;
    this.#timer = setInterval(() => {
      const due = ((performance.now() - began) / 1_000) * perSecond;
      for (; made < due; made++) {
        if (this.#pending.size >= MAX_PENDING) continue;
        const call = this.#one();
        this.#pending.add(call);
        void call.finally(() => this.#pending.delete(call));
      }
    }, 10);
  }

  /** Makes no more calls, and waits for those under way. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#pending);
  }

  close(): void {
    this.#calls.close();
  }

  /** The times of the calls since it was last asked. */
  takeMs(): number[] {
    const taken = this.#ms;
    this.#ms = [];
    return taken;
  }

  /** The greatest age of the index that an answer told since it was last asked, in milliseconds. */
  takeMaxAgeMs(): number {
    const taken = this.#maxAgeMs;
    this.#maxAgeMs = 0;
    return taken;
  }

  async #one(): Promise<void> {
    this.calls++;
    const kind = this.#random.weighted(WEIGHTS);
    const problem = await this.#make(kind).catch((error) => String(error));
    if (problem !== undefined) this.unexpected.add(`${kind}: ${problem}`);
  }

  /** @returns what was not expected of the answer. */
  #make(kind: keyof typeof WEIGHTS): Promise<string | undefined> {
    const random = this.#random;
    const seeded = () => seededName(random.below(this.#datasets));
    const life = () => lifeName(random.below(LIVES));
    switch (kind) {
      case 'get':
        return this.#grpc(kind, method.getManifest, { name: seeded() });
      case 'strongGet': {
        const request = { name: seeded(), consistency: Consistency.STRONG };
        return this.#grpc(kind, method.getManifest, request);
      }
      case 'missingGet':
        return this.#grpc(kind, method.getManifest, { name: `missing/${random.below(1_000)}` });
      case 'batch': {
        const names = [...new Set(Array.from({ length: 20 }, seeded))];
        return this.#grpc(kind, method.batchGetManifests, { names });
      }
      case 'list': {
        const view = random.chance(0.5) ? ManifestView.BASIC : ManifestView.FULL;
        const prefix = seeded().slice(0, -2);
        return this.#grpc(kind, method.listManifests, { prefix, pageSize: 100, view });
      }
      case 'objects':
        return this.#grpc(kind, method.listObjects, { name: seeded(), pageSize: 10 });
      case 'register':
        return this.#grpc(kind, method.registerManifest, registration(life(), random.below(20)));
      case 'repeated': {
        const requestId = `repeated-${random.below(1_000_000_000)}`;
        const request = { ...registration(life(), 2), requestId };
        return Promise.all([
          this.#grpc(kind, method.registerManifest, request),
          this.#grpc(kind, method.registerManifest, request),
        ]).then(([first, second]) => first ?? second);
      }
      case 'conflict': {
        const request = { ...registration(seeded(), 1), schemaFingerprint: 'another' };
        return this.#grpc(kind, method.registerManifest, request);
      }
      case 'update': {
        const name = life();
        const putObjects = [
          { key: `s3://lake/${name}/more`, sizeBytes: BigInt(random.below(1e9)) },
        ];
        return this.#grpc(kind, method.updateObjects, {
          name,
          schemaFingerprint: FINGERPRINT,
          putObjects,
        });
      }
      case 'remove':
        return this.#grpc(kind, method.deleteManifest, { name: life() });
      case 'undelete':
        return this.#grpc(kind, method.undeleteManifest, { name: life() });
      case 'purge':
        return this.#grpc(kind, method.purgeManifest, { name: life() });
      case 'connectJson':
        return this.#http(
          `/${CatalogService.typeName}/GetManifest`,
          JSON.stringify({ name: seeded() }),
        );
      case 'facade':
        return this.#http(`/v1/manifests/${encodeURIComponent(seeded())}`, undefined);
    }
  }

  async #grpc<M extends DescMethod>(
    kind: string,
    desc: M,
    request: MessageInitShape<M['input']>,
  ): Promise<string | undefined> {
    const { code, reason, ms, ageMs } = await this.#calls.unary(desc, request, this.#timeoutMs);
    this.#ms.push(ms);
    this.#maxAgeMs = Math.max(this.#maxAgeMs, ageMs ?? 0);
    if (code === OK || EXPECTED[kind]?.includes(reason)) return undefined;
    return `${code} ${reason}`;
  }

  /** Over HTTP/1.1, each time on a connection of its own. */
  async #http(path: string, body: string | undefined): Promise<string | undefined> {
    const answer = await fetch(`http://${this.#address}${path}`, {
      headers: { connection: 'close', 'content-type': 'application/json' },
      signal: AbortSignal.timeout(this.#timeoutMs),
      ...(body === undefined ? {} : { method: 'POST', body }),
    });
    await answer.arrayBuffer();
    return answer.status === 200 ? undefined : `HTTP ${answer.status}`;
  }
}

/** A register with so many objects. */
export function registration(name: string, objects: number) {
  return {
    name,
    schemaFingerprint: FINGERPRINT,
    objects: Array.from({ length: objects }, (_, part) => ({
      key: `s3://lake/${name}/part-${part}.parquet`,
      sizeBytes: 128_000_000n,
    })),
  };
}

/**
 * Gives each of the names that are registered again and again a full record of its writes. In the load itself
 * that takes half an hour, in which memory would grow for no other reason.
 */
export async function fillRecords(address: string, timeoutMs = 30_000): Promise<void> {
  const calls = new GrpcCalls(address, 4);
  for (let round = 0; round < MAX_RECENT_WRITES; round++) {
    for (let i = 0; i < LIVES; i += MAX_PENDING) {
      const names = Array.from({ length: Math.min(MAX_PENDING, LIVES - i) }, (_, j) =>
        lifeName(i + j),
      );
      await Promise.all(
        names.map((name) => calls.unary(method.registerManifest, registration(name, 2), timeoutMs)),
      );
    }
  }
  calls.close();
}

/** Watchers that come and go: some end their stream, some break their connection. */
export class Watchers {
  readonly #address: string;
  readonly #random: Random;
  readonly #open: { readonly calls: GrpcCalls; readonly stream: ClientHttp2Stream }[] = [];
  #timer: NodeJS.Timeout | undefined;
  bytes = 0;
  opened = 0;
  /** How many streams the service has ended. */
  ended = 0;

  constructor(address: string, seed: number) {
    this.#address = address;
    this.#random = new Random(seed);
  }

  /** Keeps so many watchers, and replaces one of them each `replaceMs`. */
  start(count: number, replaceMs: number): void {
    for (let i = 0; i < count; i++) this.#add();
    this.#timer = setInterval(() => {
      this.#end(this.#random.below(this.#open.length));
      this.#add();
    }, replaceMs);
  }

  stop(): void {
    clearInterval(this.#timer);
    while (this.#open.length > 0) this.#end(0);
  }

  get count(): number {
    return this.#open.length;
  }

  #add(): void {
    const calls = new GrpcCalls(this.#address);
    // Seldom all of it, which takes the service a while at many datasets.
    const parts = ['peer/', 'life/', seededName(0).slice(0, -4)];
    const prefix = this.#random.chance(0.05) ? '' : this.#random.pick(parts);
    const stream = calls.stream(method.watchManifests, { prefix });
    const watcher = { calls, stream };
    this.opened++;
    this.#open.push(watcher);
    stream.on('data', (chunk: Buffer) => {
      this.bytes += chunk.length;
    });
    stream.once('close', () => {
      const at = this.#open.indexOf(watcher);
      if (at >= 0) this.ended++;
    });
  }

  #end(at: number): void {
    const [watcher] = this.#open.splice(at, 1);
    if (watcher === undefined) return;
    if (this.#random.chance(0.5)) watcher.stream.close(8, () => watcher.calls.close());
    else watcher.calls.close();
  }
}
