import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { createCatalogClient } from '../../src/client/client.ts';
import { startCatalogd } from '../../src/server/catalogd.ts';
import { run } from '../cli/run-cli.ts';
import { type S3Double, type Seen, startS3Double } from '../support/s3-double.ts';

const PAGE = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8');

/** A policy as AWS has it, of the few kinds of statements that the page needs. */
interface Statement {
  readonly Effect: string;
  readonly Action: readonly string[];
  readonly Resource: string;
  readonly Condition?: { readonly StringLike: { readonly 's3:prefix': readonly string[] } };
}

const POLICY: { readonly Statement: readonly Statement[] } = JSON.parse(
  /```json\n(\{\n {2}"Version": "2012-10-17"[\s\S]*?)```/.exec(PAGE)?.[1] ??
    'no policy on the page',
);

/** What the page says that each feature does: `| feature | s3:A, s3:B |`. */
const DOCUMENTED = new Map(
  [...PAGE.matchAll(/^\| ([^|]+) \| (`s3:[^|]+) \|$/gm)].map(([, feature = '', actions = '']) => [
    feature,
    [...actions.matchAll(/s3:\w+/g)].map(String).sort(),
  ]),
);

const BUCKET = 'lake';
const PREFIX = 'catalog';

let double: S3Double;
beforeAll(async () => {
  Object.assign(process.env, {
    AWS_ACCESS_KEY_ID: 'double',
    AWS_SECRET_ACCESS_KEY: 'double-secret',
  });
  double = await startS3Double({ bucket: BUCKET });
  double.objects.set('data/x.parquet', Buffer.from('x'));
  double.fault = (request) =>
    isAllowed(request) || isData(request) ? undefined : { status: 403, code: 'AccessDenied' };
});
afterAll(() => double.close());

/** The action that AWS wants to be allowed for a request. */
function actionOf({ method, key, query }: Seen): string {
  if (key === '' && method === 'GET' && query.get('list-type') === '2') return 's3:ListBucket';
  const name = { GET: 'GetObject', HEAD: 'GetObject', PUT: 'PutObject', DELETE: 'DeleteObject' }[
    method
  ];
  if (key === '' || name === undefined || query.has('uploadId') || query.has('uploads')) {
    throw new Error(`no action is known for ${method} ${key}?${query}`);
  }
  return `s3:${name}`;
}

function isAllowed(request: Seen): boolean {
  const action = actionOf(request);
  const arn = `arn:aws:s3:::${BUCKET}${request.key === '' ? '' : `/${request.key}`}`;
  return POLICY.Statement.some(
    ({ Effect, Action, Resource, Condition }) =>
      Effect === 'Allow' &&
      Action.includes(action) &&
      matches(Resource, arn) &&
      (Condition?.StringLike['s3:prefix'] ?? ['*']).some((pattern) =>
        matches(pattern, request.query.get('prefix') ?? ''),
      ),
  );
}

function matches(pattern: string, text: string): boolean {
  const parts = pattern.split('*').map((part) => part.replaceAll(/[\\^$.+?()[\]{}|]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 's').test(text);
}

/** What the role of `verify --objects` may do besides: to see whether the data is there. */
function isData({ method, key }: Seen): boolean {
  return method === 'HEAD' && key.startsWith('data/');
}

/** The actions that something takes. */
async function actionsOf(work: () => Promise<unknown>): Promise<string[]> {
  const before = double.seen.length;
  await work();
  return [...new Set(double.seen.slice(before).map(actionOf))].sort();
}

const store = () =>
  `s3://${BUCKET}/${PREFIX}?endpoint=${double.endpoint}&region=us-east-1&path_style=true`;

async function serve(options = {}) {
  const service = await startCatalogd({
    ...{ store: store(), host: '127.0.0.1', port: 0, exclusive: false },
    ...{ refreshIntervalMs: 50, drainTimeoutMs: 5_000, startTimeoutMs: 30_000 },
    log: pino({ level: 'silent' }),
    ...options,
  });
  await service.ready;
  return { port: service.port, [Symbol.asyncDispose]: () => service.stop() };
}

/** Runs a command line, which has to succeed. */
async function succeeds(...args: string[]): Promise<string> {
  const { code, out, err } = await run([...args, '--store', store()]);
  expect({ args, code, err: code === 0 ? '' : err }).toEqual({ args, code: 0, err: '' });
  return out;
}

/** Waits until the service has asked the store for something. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe('the bucket policy of docs/operations.md', () => {
  /** In this order: each finds what the ones before have left. */
  const FEATURES: Record<string, () => Promise<unknown>> = {
    '`serve`, with every call': async () => {
      await using service = await serve();
      const client = createCatalogClient({ address: `127.0.0.1:${service.port}` });
      const objects = [{ key: 's3://lake/data/x.parquet', sizeBytes: 1n }];
      for (const name of ['a', 'b', 'gone', 'going']) {
        await client.registerManifest({ name, schemaFingerprint: 'f', objects });
      }
      await client.updateObjects({
        name: 'a',
        schemaFingerprint: 'f',
        putObjects: [{ key: 's3://lake/y', sizeBytes: 1n }],
      });
      await client.evolveSchema({ name: 'a', fromFingerprint: 'f', toFingerprint: 'g' });
      await client.getManifest({ name: 'a', consistency: 2 });
      await client.deleteManifest({ name: 'b' });
      await client.undeleteManifest({ name: 'b' });
      await client.deleteManifest({ name: 'gone' });
      await client.purgeManifest({ name: 'gone' });
      await client.deleteManifest({ name: 'going' });
      const seen = double.seen.length;
      await until(() => double.seen.slice(seen).some(({ key }) => key === ''));
      client.close();
    },
    '`serve --tombstone-retention`': async () => {
      await using _ = await serve({ tombstoneRetentionMs: 1 });
      await until(() => double.seen.some(({ key }) => key === `${PREFIX}/_catalog/clock`));
    },
    '`checkpoint`': () => {
      // The last file of an earlier one that was longer.
      double.objects.set(`${PREFIX}/_catalog/checkpoint/99999.parquet`, Buffer.from('old'));
      return succeeds('checkpoint');
    },
    '`export`': () => succeeds('export'),
    '`import`': async () => {
      const lines = await succeeds('export');
      const { code } = await run(['import', '--store', store()], { stdin: lines });
      expect(code).toBe(0);
    },
    '`verify`': () => succeeds('verify'),
    '`verify --objects`': () => succeeds('verify', '--objects'),
    '`purge --offline`': () => succeeds('purge', '--offline', '--all-deleted'),
  };

  it.each(Object.keys(FEATURES))(
    'suffices for %s, and no action of it is left out',
    async (feature) => {
      expect(await actionsOf(FEATURES[feature] as () => Promise<unknown>)).toEqual(
        DOCUMENTED.get(feature),
      );
    },
  );

  it('has each of its features tried, and grants nothing that none of them needs', () => {
    expect([...DOCUMENTED.keys()].sort()).toEqual(Object.keys(FEATURES).sort());
    const granted = POLICY.Statement.flatMap(({ Action }) => Action);
    expect(new Set(granted)).toEqual(new Set([...DOCUMENTED.values()].flat()));
    expect(double.seen.filter((request) => !isAllowed(request) && !isData(request))).toEqual([]);
  });

  it('keeps what lies beside the catalog from being written or listed', () => {
    const headers = {};
    const query = new URLSearchParams();
    const list = new URLSearchParams({ 'list-type': '2', prefix: 'data/' });
    expect(isAllowed({ method: 'PUT', key: 'data/x.parquet', headers, query })).toBe(false);
    expect(isAllowed({ method: 'DELETE', key: 'data/x.parquet', headers, query })).toBe(false);
    expect(isAllowed({ method: 'PUT', key: `${PREFIX}/other`, headers, query })).toBe(false);
    expect(isAllowed({ method: 'GET', key: '', headers, query: list })).toBe(false);
  });
});
