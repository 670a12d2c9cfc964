import { Writable } from 'node:stream';
import { status } from '@grpc/grpc-js';
import { afterEach, describe, expect, it } from '@jest/globals';
import { ManifestView } from '../../gen/catalogd/v1/catalog_pb.ts';
import {
  type FakeMethods,
  type FakeService,
  fault,
  getResponse,
  listResponse,
  objectsResponse,
  startFake,
} from '../client/fake-service.ts';
import { run } from './run-cli.ts';

const opened: FakeService[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((each) => each.close()));
});

/** Runs a command against a fake, without repeating a call unless the arguments say so. */
async function against(methods: FakeMethods, args: string[], stdout?: Writable) {
  const service = await startFake(methods);
  opened.push(service);
  const env = { CATALOGD_ADDRESS: service.address, CATALOGD_ATTEMPTS: '1' };
  return run(args, stdout === undefined ? { env } : { env, stdout });
}

describe('exit codes', () => {
  const domain = 'catalogd';
  it.each([
    ['INVALID_ARGUMENT', 'INVALID_NAME', 2],
    ['UNIMPLEMENTED', '', 2],
    ['NOT_FOUND', 'MANIFEST_NOT_FOUND', 3],
    ['NOT_FOUND', 'OBJECT_NOT_FOUND', 3],
    ['FAILED_PRECONDITION', 'FINGERPRINT_CONFLICT', 4],
    ['FAILED_PRECONDITION', 'UPGRADE_REQUIRED', 4],
    ['FAILED_PRECONDITION', 'SCHEMA_INCOMPATIBLE', 4],
    ['FAILED_PRECONDITION', 'NOT_DELETED', 4],
    ['ALREADY_EXISTS', 'MANIFEST_EXISTS', 4],
    ['ABORTED', 'ETAG_MISMATCH', 5],
    ['ABORTED', 'VERSION_GONE', 5],
    ['UNAVAILABLE', 'NOT_READY', 6],
    ['DEADLINE_EXCEEDED', 'DEADLINE_EXCEEDED', 6],
    ['RESOURCE_EXHAUSTED', 'TOO_BUSY', 6],
    ['UNAVAILABLE', 'OUTCOME_UNKNOWN', 7],
    ['DEADLINE_EXCEEDED', 'OUTCOME_UNKNOWN', 7],
    ['CANCELLED', 'OUTCOME_UNKNOWN', 7],
    ['DATA_LOSS', 'CORRUPT_MANIFEST', 8],
    ['RESOURCE_EXHAUSTED', 'MANIFEST_TOO_LARGE', 9],
    ['INTERNAL', 'INTERNAL', 1],
  ] as const)('%s %s -> %i, on stderr as text and as JSON', async (code, reason, exitCode) => {
    const methods = {
      getManifest: () => {
        throw fault(status[code], `what about "a\u001b"`, {
          info: { domain, reason, metadata: { name: 'a' } },
          badRequest: { fieldViolations: [{ field: 'name', description: 'is wrong' }] },
          retry: { retryDelay: { seconds: 2n } },
        });
      },
    };
    const text = await against(methods, ['get', 'a']);
    expect(text).toMatchObject({ code: exitCode, out: '' });
    expect(text.err).toContain('what about "a\\u001b"');
    expect(text.err).toContain(code);
    expect(text.err).toContain(reason);
    expect(text.err).toContain('  name: is wrong\n');

    const json = await against(methods, ['get', 'a', '--json']);
    expect(json).toMatchObject({ code: exitCode, out: '' });
    expect(JSON.parse(json.err)).toMatchObject({
      error: {
        exitCode,
        code,
        reason,
        message: expect.stringContaining('what about'),
        metadata: { name: 'a' },
        violations: [{ kind: 'field', subject: 'name', description: 'is wrong' }],
        retryAfterMs: 2000,
      },
    });
  });

  it('6 and how to go on where nobody listens', async () => {
    const service = await startFake({});
    await service.close();
    const { code, err } = await run(['list', '--address', service.address, '--attempts', '1']);
    expect(code).toBe(6);
    expect(err).toContain(service.address);
    expect(err).toContain('catalogd serve');
  });

  it('0 when a later attempt succeeds', async () => {
    let made = 0;
    const methods = {
      listManifests: () => {
        made += 1;
        if (made === 1) throw fault(status.UNAVAILABLE, 'starting');
        return listResponse({});
      },
    };
    expect(await against(methods, ['list', '--attempts', '2'])).toMatchObject({ code: 0 });
    expect(made).toBe(2);
  });

  it('6 when a read takes too long', async () => {
    const never = { getManifest: () => new Promise(() => {}) };
    const { code, err } = await against(never, ['get', 'a', '--timeout', '100ms']);
    expect(code).toBe(6);
    expect(err).toContain('DEADLINE_EXCEEDED');
    expect(err).toContain('--timeout');
  });

  it.each([
    [['get'], "missing required argument 'name'"],
    [['get', 'a', 'b'], 'too many arguments'],
    [['get', 'a', '--foo'], "unknown option '--foo'"],
    [['gett', 'a'], 'Did you mean get?'],
    [['help', 'gett'], "unknown command 'gett'"],
    [['get', 'a', '--view', 'half'], 'accepted: basic, schema, full'],
    [['get', 'a', '--address', 'http://h:1'], 'no scheme'],
    [['get', 'a', '--timeout', '5'], 'for example 500ms'],
    [['get', 'a', '--attempts', '0'], 'of 1 to 100'],
    [['get', 'a', '--attempts', '2x'], '--attempts: "2x"'],
    [['list', '--limit', '0'], '--limit: "0"'],
    [['list', '--limit', '1e3'], '--limit: "1e3"'],
    [['list', '--page-size', '1001'], 'of 1 to 1000'],
    [['list', '--view', 'full'], 'add --json'],
    [['list', '--view', 'schema'], 'add --json'],
    [['list', '--label', 'a'], '"a" is not KEY=VALUE'],
    [['list', '--updated-since', 'now'], '--updated-since: "now" is not a time'],
    [['list', '--updated-before', '2026-13-01'], '--updated-before: "2026-13-01"'],
    [['list', '--updated-before', '2026-02-30'], '--updated-before: "2026-02-30"'],
    [['evolve', 'a', 'f.parquet', '--compatibility', 'all'], 'none, backward, forward, full'],
    [['evolve', 'a', '--from', 'f', '--address', '127.0.0.1:1'], 'no objects given'],
    [['evolve', 'a', 'f.parquet', '--from', ''], '--from: must not be empty'],
    [['update', 'a'], 'nothing to update'],
    [['update', 'a', '--remove', ''], '--remove: must not be empty'],
    [['update', 'a', '--remove', 'k', '--relative-to', '.'], '--relative-to: goes with files'],
    [['update', 'a', 'f.parquet', '--fingerprint', 'f'], '--fingerprint: goes with --objects'],
    [['delete', 'a', '--expected-etag', ''], '--expected-etag: must not be empty'],
    [['undelete', 'a', '--request-id', ''], '--request-id: must not be empty'],
    [['purge'], 'the name of one deleted dataset'],
    [['purge', 'a', 'b'], 'the name of one deleted dataset'],
    [['purge', 'a', '--dry-run'], '--dry-run: goes with --offline only'],
    [['purge', '--offline', '--expected-etag', 'e'], '--expected-etag: does not go with --offline'],
    [['objects', 'a', '--page-size', '0'], 'of 1 to 1000'],
  ])('2 for %j', async (args, expected) => {
    const text = await run(args);
    expect(text).toMatchObject({ code: 2, out: '' });
    expect(text.err).toContain(expected);
  });

  it('2 as JSON where JSON is asked for', async () => {
    const { code, out, err } = await run(['get', '--json']);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(JSON.parse(err)).toMatchObject({ error: { exitCode: 2, reason: 'USAGE' } });
  });

  it('2 and help where no command is given', async () => {
    const { code, out, err } = await run([]);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain('Usage: catalogd');
  });
});

describe('help', () => {
  it.each([['--help'], ['help']])('%s shows commands, exit codes and examples', async (flag) => {
    const { code, out, err } = await run([flag]);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    for (const part of [
      'serve',
      'register',
      'get',
      'list',
      'objects',
      'Exit codes:',
      'Examples:',
    ]) {
      expect(out).toContain(part);
    }
  });

  it.each([
    ...['serve', 'register', 'evolve', 'update', 'delete', 'undelete', 'purge'],
    ...['get', 'list', 'objects'],
  ])('of %s has examples', async (name) => {
    const { code, out } = await run([name, '--help']);
    expect(code).toBe(0);
    expect(out).toContain(`$ catalogd ${name}`);
    expect(await run(['help', name])).toMatchObject({ code: 0, out });
  });

  it('--version prints the version of the package', async () => {
    expect(await run(['--version'])).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    });
  });
});

describe('get', () => {
  const methods = {
    getManifest: (request: { name: string; view: ManifestView }) =>
      getResponse({
        manifest: {
          name: request.name,
          objects:
            request.view === ManifestView.FULL
              ? [{ key: 'k\u001b', sizeBytes: 5n, rowCount: 0n }]
              : [],
          objectCount: 1n,
          version: 9_007_199_254_740_993n,
        },
      }),
  };

  it('shows the manifest and its objects; only the manifest with --view basic', async () => {
    const full = await against(methods, ['get', 'a']);
    expect(full.code).toBe(0);
    expect(full.out).toMatch(/^name {9}a\n/);
    expect(full.out).toContain('\nBYTES  ROWS  ETAG  KEY\n    5     0  -     k\\u001b\n');
    const basic = await against(methods, ['get', 'a', '--view', 'basic']);
    expect(basic.out).not.toContain('BYTES');
  });

  it('prints one line of proto3 JSON with zero values and exact int64', async () => {
    const { out } = await against(methods, ['get', 'a', '--json']);
    expect(out.indexOf('\n')).toBe(out.length - 1);
    expect(JSON.parse(out)).toMatchObject({
      name: 'a',
      version: '9007199254740993',
      etag: '',
      labels: {},
      objectsOmitted: false,
      objects: [{ key: 'k\u001b', sizeBytes: '5', rowCount: '0' }],
    });
    expect(JSON.parse(out)).not.toHaveProperty('rowCount');
  });
});

describe('list', () => {
  const NAMES = ['a', 'b', 'c', 'd', 'e'];

  /** Pages as the service does; the token is the index to go on from. */
  function paged(seen: unknown[] = []) {
    return {
      listManifests: (request: {
        pageSize: number;
        pageToken: string;
        prefix: string;
        view: ManifestView;
      }) => {
        seen.push({ prefix: request.prefix, pageSize: request.pageSize, view: request.view });
        const from = Number(request.pageToken);
        const to = from + Math.min(request.pageSize, 2);
        return listResponse({
          manifests: NAMES.slice(from, to).map((name) => ({ name, objectCount: 7n })),
          nextPageToken: to < NAMES.length ? String(to) : '',
        });
      },
    };
  }

  it('prints all pages as one table', async () => {
    const seen: unknown[] = [];
    const { code, out } = await against(paged(seen), ['list', '--prefix', 'p']);
    expect(code).toBe(0);
    const lines = out.trimEnd().split('\n');
    expect(lines[0]).toMatch(/^UPDATED\s+VERSION\s+ROWS\s+OBJECTS\s+SIZE\s+NAME$/);
    expect(lines.slice(1).map((line) => line.slice(-1))).toEqual(NAMES);
    expect(seen).toEqual(
      Array.from({ length: 3 }, () => ({ prefix: 'p', pageSize: 100, view: ManifestView.BASIC })),
    );
  });

  it('prints NDJSON with --json, in the view asked for', async () => {
    const seen: unknown[] = [];
    const { out } = await against(paged(seen), ['list', '--json', '--view', 'full']);
    const names = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).name);
    expect(names).toEqual(NAMES);
    expect(seen[0]).toMatchObject({ view: ManifestView.FULL });
  });

  it.each([
    ['1', 1, 1],
    ['2', 1, 2],
    ['3', 2, 3],
    ['5', 3, 5],
    ['9', 3, 5],
  ])('--limit %s takes %i calls', async (limit, calls, count) => {
    const seen: { pageSize: number }[] = [];
    const { out } = await against(paged(seen), ['list', '--limit', limit, '--json']);
    expect(out.trimEnd().split('\n')).toHaveLength(count);
    expect(seen).toHaveLength(calls);
    expect(seen[0]?.pageSize).toBe(Number(limit));
  });

  it('shows a page before it asks for the next', async () => {
    const calls: string[] = [];
    const stdout = new Writable({
      write(_chunk, _encoding, done) {
        calls.push('written');
        done();
      },
    });
    const methods = {
      listManifests: (request: { pageToken: string }) => {
        calls.push('asked');
        return listResponse({
          manifests: [{ name: 'x' }],
          nextPageToken: request.pageToken === '' ? '1' : '',
        });
      },
    };
    await against(methods, ['list', '--json'], stdout);
    expect(calls).toEqual(['asked', 'written', 'asked', 'written']);
  });

  it('says so on stderr when there are none', async () => {
    const none = { listManifests: () => listResponse({}) };
    expect(await against(none, ['list'])).toEqual({ code: 0, out: '', err: 'no datasets\n' });
    expect(await against(none, ['list', '--json'])).toEqual({ code: 0, out: '', err: '' });
  });

  it('ends quietly, and asks for no more, when its reader goes', async () => {
    const seen: unknown[] = [];
    const closed = new Writable({
      write(_chunk, _encoding, done) {
        done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
      },
    });
    expect(await against(paged(seen), ['list'], closed)).toMatchObject({ code: 0, err: '' });
    expect(seen).toHaveLength(1);
  });

  it('fails when its output cannot be written', async () => {
    const full = new Writable({
      write(_chunk, _encoding, done) {
        done(Object.assign(new Error('ENOSPC: no space left'), { code: 'ENOSPC' }));
      },
    });
    const { code, err } = await against(paged(), ['list'], full);
    expect(code).toBe(1);
    expect(err).toContain('no space left');
  });
});

describe('objects', () => {
  const methods = {
    listObjects: (request: { pageToken: string; pageSize: number; name: string }) =>
      request.pageToken === ''
        ? objectsResponse({
            objects: [{ key: `${request.name}/${request.pageSize}`, sizeBytes: 1n }],
            nextPageToken: 't',
          })
        : objectsResponse({ objects: [{ key: 'y', sizeBytes: 0n, etag: 'e', rowCount: 2n }] }),
  };

  it('prints all pages as a table, or as NDJSON', async () => {
    expect(await against(methods, ['objects', 'a', '--page-size', '7'])).toEqual({
      code: 0,
      out: 'BYTES  ROWS  ETAG  KEY\n    1     -  -     a/7\n    0     2  e     y\n',
      err: '',
    });
    const { out } = await against(methods, ['objects', 'a', '--json']);
    const lines = out.trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { key: 'a/100', sizeBytes: '1' },
      { key: 'y', sizeBytes: '0', etag: 'e', rowCount: '2' },
    ]);
  });
});
