import type {
  DescMessage,
  DescMethodUnary,
  MessageInitShape,
  MessageShape,
} from '@bufbuild/protobuf';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Consistency } from '../../gen/catalogd/v1/catalog_pb.ts';
import { CatalogService } from '../../gen/catalogd/v1/catalog_service_pb.ts';
import { FieldRepetition, PhysicalType } from '../../gen/catalogd/v1/schema_pb.ts';
import { manifestKey } from '../../src/catalog/name.ts';
import { CatalogClientError } from '../../src/client/errors.ts';
import { decodeManifest } from '../../src/manifest/decode.ts';
import { type CatalogdProcess, startProcess } from '../support/catalogd-process.ts';
import { type S3Double, startS3Double } from '../support/s3-double.ts';
import { type Mutant, makeMutant } from './mutant.ts';
import type { Change } from './mutations.ts';
import { RawClient } from './raw-client.ts';

const { method } = CatalogService;
const PATIENT = { timeoutMs: 10_000 };

/** Makes the sources those of a catalogd from before there were schemas: format 1 is all it knows. */
const TO_FORMAT_1: readonly Change[] = [
  { file: 'manifest/schema.ts', before: 'FORMAT_VERSION = 2;', after: 'FORMAT_VERSION = 1;' },
  {
    file: 'manifest/schema.ts',
    before: 'export const COLUMNS: readonly Column[] = [',
    after: 'export const COLUMNS = COLUMNS_1;\nexport const NOT_YET: readonly Column[] = [',
  },
];

/** One catalogd process, and what calls through it come to. */
class Program {
  readonly client: RawClient;
  readonly process: CatalogdProcess;

  constructor(process: CatalogdProcess) {
    this.process = process;
    this.client = new RawClient(process.address);
  }

  async call<I extends DescMessage, O extends DescMessage>(
    of: DescMethodUnary<I, O>,
    request: MessageInitShape<I>,
  ): Promise<MessageShape<O>> {
    const { result } = await this.client.call(of, request, PATIENT);
    if (result instanceof CatalogClientError) throw result;
    return result as MessageShape<O>;
  }

  async read(name: string) {
    const request = { name, consistency: Consistency.STRONG, showDeleted: true };
    return (await this.call(method.getManifest, request)).manifest;
  }

  async end(): Promise<void> {
    this.client.close();
    await this.process.end('SIGKILL');
  }
}

let double: S3Double;
let mutant: Mutant;
let older: Program;
let newer: Program;
beforeAll(async () => {
  const credentials = { accessKeyId: 'upgrade', secretAccessKey: 'upgrade-secret' };
  double = await startS3Double({ bucket: 'lake', ...credentials });
  mutant = await makeMutant(TO_FORMAT_1);
  const store = `s3://lake?endpoint=${double.endpoint}&region=us-east-1&path_style=true`;
  const env = { AWS_ACCESS_KEY_ID: 'upgrade', AWS_SECRET_ACCESS_KEY: 'upgrade-secret' };
  const start = async (entry?: string) =>
    new Program(await startProcess(store, env, ['--refresh-interval', '100ms'], entry));
  [older, newer] = await Promise.all([start(mutant.entry), start()]);
});
afterAll(async () => {
  await Promise.all([older, newer].map((each) => each?.end()));
  await mutant?.remove();
  await double?.close();
});

const INT64 = { repetition: FieldRepetition.REQUIRED, physicalType: PhysicalType.INT64 };
const schema = { fields: [{ name: 'id', ...INT64 }] };
const schemaFingerprint = 'f';
const UPGRADE_REQUIRED = { code: 'FAILED_PRECONDITION', reason: 'UPGRADE_REQUIRED' };

const stored = (name: string) => double.objects.get(manifestKey(name)) ?? Buffer.alloc(0);

describe('an older catalogd beside this one, in a rolling upgrade', () => {
  it('reads what it does not know all of, and rewrites none of it', async () => {
    const name = 'with-schema';
    await newer.call(method.registerManifest, { name, schemaFingerprint, schema, rowCount: 1n });
    const before = stored(name);
    expect(await older.read(name)).toMatchObject({ version: 1n, rowCount: 1n });
    const toFingerprint = 'g';
    const refused = [
      older.call(method.registerManifest, { name, schemaFingerprint, rowCount: 2n }),
      older.call(method.updateObjects, { name, schemaFingerprint, rowCount: 2n }),
      older.call(method.evolveSchema, { name, fromFingerprint: 'f', toFingerprint }),
      older.call(method.deleteManifest, { name }),
    ];
    for (const each of refused) await expect(each).rejects.toMatchObject(UPGRADE_REQUIRED);
    expect(stored(name)).toEqual(before);
    expect((await newer.read(name))?.schema?.fields[0]?.name).toBe('id');
  });

  it('creates nothing in the place of what this one deleted', async () => {
    const name = 'deleted';
    await newer.call(method.registerManifest, { name, schemaFingerprint, schema });
    await newer.call(method.deleteManifest, { name });
    const before = stored(name);
    const anew = older.call(method.registerManifest, { name, schemaFingerprint });
    await expect(anew).rejects.toMatchObject(UPGRADE_REQUIRED);
    await expect(older.call(method.purgeManifest, { name })).rejects.toMatchObject(
      UPGRADE_REQUIRED,
    );
    expect(stored(name)).toEqual(before);
    const { manifest } = await newer.call(method.undeleteManifest, { name });
    expect(manifest).toMatchObject({ version: 3n, schemaOmitted: true });
  });

  it('goes on with all that both know, and so does this one', async () => {
    const name = 'known-to-both';
    const registered = { name, schemaFingerprint };
    const labels = { entries: { owner: 'us' } };
    await older.call(method.registerManifest, { ...registered, labels });
    await newer.call(method.registerManifest, { ...registered, rowCount: 2n });
    await older.call(method.updateObjects, { ...registered, rowCount: 3n });
    await newer.call(method.deleteManifest, { name });
    await older.call(method.undeleteManifest, { name });
    const { version } = await newer.call(method.registerManifest, registered);
    expect(version).toBe(6n);
    for (const each of [older, newer]) {
      expect(await each.read(name)).toMatchObject({ version, labels: { owner: 'us' } });
    }
  });

  it('loses nothing where this one begins to give schemas in the midst of its writes', async () => {
    const name = 'in-the-midst';
    const register = async (through: Program, i: number, more: object) => {
      const request = { name, schemaFingerprint, rowCount: BigInt(i), ...more };
      const answer = await through
        .call(method.registerManifest, request)
        .catch((error: unknown) => error);
      if (!(answer instanceof CatalogClientError)) return answer as { version: bigint };
      // Whoever loses too many races may try again; here it need not.
      expect(['UPGRADE_REQUIRED', 'CONTENDED']).toContain(answer.reason);
      return undefined;
    };
    const one = async (through: Program, from: number, count: number, more: object) => {
      const versions: bigint[] = [];
      for (let i = 0; i < count; i++) {
        const answer = await register(through, from + i, more);
        if (answer !== undefined) versions.push(answer.version);
      }
      return versions;
    };
    const [before] = await Promise.all([one(older, 100, 10, {}), one(newer, 200, 10, {})]);
    const [racing, withSchema] = await Promise.all([
      one(older, 300, 20, {}),
      one(newer, 400, 10, { schema }),
    ]);
    const notSaying = await one(newer, 500, 5, {});
    const first = withSchema[0] as bigint;
    expect(before.length).toBeGreaterThan(0);
    expect([...before, ...racing].filter((version) => version > first)).toEqual([]);
    expect([...withSchema, ...notSaying].map(Number)).toEqual(
      Array.from({ length: 15 }, (_, i) => Number(first) + i),
    );
    const { manifest } = await decodeManifest(stored(name));
    expect(manifest.version).toBe(first + 14n);
    expect(manifest.schema).toContain('"id"');
  });
});
