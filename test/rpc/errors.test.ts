import { createRegistry, fromBinary, toJson } from '@bufbuild/protobuf';
import { Code, ConnectError } from '@connectrpc/connect';
import { describe, expect, it } from '@jest/globals';
import { file_google_rpc_error_details } from '../../gen/google/rpc/error_details_pb.ts';
import { openRegistry } from '../support/catalog.ts';
import { failingRegistry, ROWS, type Row, SECRET } from '../support/error-rows.ts';
import { clientOf, PROTOCOLS, serve } from '../support/service.ts';

const detailTypes = createRegistry(file_google_rpc_error_details);

/** An error as its caller sees it, in a form that can be compared. */
function seen(error: unknown) {
  if (!(error instanceof ConnectError)) throw error;
  const details = error.details.map((detail) => {
    if (!('type' in detail)) throw new Error('a detail that did not come over the wire');
    const desc = detailTypes.getMessage(detail.type);
    if (desc === undefined) throw new Error(`a detail of unknown type ${detail.type}`);
    return { type: desc.name, value: toJson(desc, fromBinary(desc, detail.value)) };
  });
  return { code: Code[error.code], message: error.rawMessage, details };
}

/** Makes the error happen to a new service, and returns it as one protocol shows it. */
async function provoke(row: Row, protocol: string) {
  const server = await serve(await failingRegistry(row));
  try {
    const error = await row.call(clientOf(protocol, server)).then(
      () => new Error('the call succeeded'),
      (reason: unknown) => reason,
    );
    return seen(error);
  } finally {
    await server.drain(0);
  }
}

describe.each(Object.entries(ROWS))('%s', (_, row) => {
  it.each(Object.keys(PROTOCOLS))(`is ${row.reason} over %s`, async (protocol) => {
    const { code, message, details } = await provoke(row, protocol);
    expect(code).toBe(Code[row.code]);
    expect(details.map(({ type }) => type)).toEqual(['ErrorInfo', ...row.details]);
    expect(details[0]?.value).toMatchObject({ reason: row.reason, domain: 'catalogd' });
    expect(details[0]?.value).toMatchObject(row.metadata ? { metadata: row.metadata } : {});
    expect(JSON.stringify({ message, details })).not.toContain(SECRET);
    expect(message).not.toMatch(/\n {4}at |node_modules|\/src\//);
  });

  it('is the same over all of them', async () => {
    const all = await Promise.all(Object.keys(PROTOCOLS).map((name) => provoke(row, name)));
    for (const one of all) expect(one).toEqual(all[0]);
  });
});

it.each(Object.keys(PROTOCOLS))(
  'names its call, and the age of the index: %s',
  async (protocol) => {
    const server = await serve(await openRegistry());
    try {
      const call = clientOf(protocol, server).getManifest({ name: 'none' });
      const { metadata } = ConnectError.from(await call.catch((reason: unknown) => reason));
      const [id = '', ...ids] = metadata.get('x-request-id')?.split(', ') ?? [];
      const [age = '', ...ages] = metadata.get('catalogd-index-age-ms')?.split(', ') ?? [];
      expect(id).toMatch(/^[-0-9a-f]{36}$/);
      expect(age).toBe('0');
      // Of gRPC a client sees headers and trailers as one, and either may have them; Connect has headers only.
      if (protocol.startsWith('Connect')) expect([...ids, ...ages]).toEqual([]);
    } finally {
      await server.drain(0);
    }
  },
);

it('has a row for every reason there is', async () => {
  const errors = Object.values(await import('../../src/catalog/errors.ts'));
  const reasons = new Set(Object.values(ROWS).map(({ reason }) => reason));
  const classes = errors.filter((e) => typeof e === 'function' && /^Err/.test(e.name));
  // CANCELED has no row: a caller that has cancelled does not wait for the answer.
  expect(classes.length).toBe([...reasons].filter((r) => r !== 'INTERNAL').length + 1);
});
