import { Code, ConnectError } from '@connectrpc/connect';
import { describe, expect, it } from '@jest/globals';
import { failingRegistry, ROWS, type Row, SECRET } from '../support/error-rows.ts';
import { clientOf, serve } from '../support/service.ts';
import { facadeClient, VERSIONS } from './client.ts';
import { DOCUMENT } from './openapi.ts';
import { ProblemAnswer, rpcOverFacade } from './rpc-over-facade.ts';

/** The contract's statuses, by reason. */
const STATUSES: Readonly<Record<string, number>> = {
  EMPTY_NAME: 400,
  EMPTY_FINGERPRINT: 400,
  INVALID_NAME: 400,
  INVALID_ARGUMENT: 400,
  BAD_PAGE_TOKEN: 400,
  REQUEST_ID_REUSED: 400,
  MANIFEST_NOT_FOUND: 404,
  OBJECT_NOT_FOUND: 404,
  FINGERPRINT_CONFLICT: 409,
  SCHEMA_INCOMPATIBLE: 409,
  MANIFEST_EXISTS: 409,
  NOT_DELETED: 409,
  UPGRADE_REQUIRED: 409,
  NAME_COLLIDES: 409,
  VERSION_GONE: 409,
  CONTENDED: 409,
  ETAG_MISMATCH: 412,
  MANIFEST_TOO_LARGE: 413,
  TOO_BUSY: 429,
  CORRUPT_MANIFEST: 500,
  INTERNAL: 500,
  NOT_READY: 503,
  STORE_UNAVAILABLE: 503,
  OUTCOME_UNKNOWN: 503,
  DEADLINE_EXCEEDED: 504,
};

/** Details that become violations of the problem. */
const WITH_VIOLATIONS = ['BadRequest', 'PreconditionFailure', 'QuotaFailure'];

/** The deadline of the facade's calls is the default one. */
async function served(row: Row) {
  const registry = await failingRegistry(row);
  return serve(registry, row.code === Code.DeadlineExceeded ? { defaultTimeoutMs: 100 } : {});
}

async function problemOf(row: Row, version: string) {
  const server = await served(row);
  try {
    await row.call(rpcOverFacade(facadeClient(server, version)));
  } catch (error) {
    if (error instanceof ProblemAnswer) return error.answer;
    throw error;
  } finally {
    await server.drain(0);
  }
  throw new Error('the call succeeded');
}

async function messageOverRpc(row: Row) {
  const server = await served(row);
  const call = row.call(clientOf('Connect JSON over HTTP/1.1', server));
  const error = await call.catch((reason: unknown) => reason);
  await server.drain(0);
  if (error instanceof ConnectError) return error.rawMessage;
  throw error;
}

const UNARY = Object.entries(ROWS).filter(([, { streams }]) => streams !== true);

describe.each(UNARY)('%s', (_, row) => {
  const expected = row.code === Code.DeadlineExceeded ? 504 : STATUSES[row.reason];

  it.each(VERSIONS)(`is ${expected} ${row.reason} over %s`, async (version) => {
    const { status, headers, json, text } = await problemOf(row, version);
    expect(status).toBe(expected);
    expect(headers['content-type']).toBe('application/problem+json');
    expect(json.reason).toBe(row.reason);
    expect(json).toMatchObject(row.metadata ? { metadata: row.metadata } : {});
    expect(json.violations.length > 0).toBe(
      row.details.some((detail) => WITH_VIOLATIONS.includes(detail)),
    );
    expect(headers['retry-after']).toBe(row.details.includes('RetryInfo') ? '1' : undefined);
    expect(text).not.toContain(SECRET);
  });

  it('says the same as over RPC', async () => {
    const { json } = await problemOf(row, 'HTTP/1.1');
    expect(json.detail).toBe(await messageOverRpc(row));
  });
});

it('is described, with its status, whatever the reason', () => {
  const { examples } = DOCUMENT.components;
  for (const [, { reason }] of UNARY) {
    expect(examples[reason]?.value).toMatchObject({ reason, status: STATUSES[reason] });
  }
});
