/**
 * The server that the official conformance suite of Connect tests: its service on the listener, the
 * limits and the RPC handler of catalogd. Started by the suite's runner, which tells it what to serve on
 * standard input and is told where on standard output.
 *
 *   node test/interop/conformance/server.ts DESCRIPTORS lane|base
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { Gate } from '../../../src/auth/gate.ts';
import { Admission } from '../../../src/rpc/admission.ts';
import type { Log } from '../../../src/server/log.ts';
import { Readiness } from '../../../src/server/readiness.ts';
import { type RunningServer, startServer } from '../../../src/server/server.ts';
import { readTlsFiles } from '../../../src/server/tls-files.ts';
import { conformanceLane } from './lane-routes.ts';
import { ConformanceService, conformanceRoutes } from './service.ts';
import { type ServerRequest, Types } from './types.ts';

const [descriptors = '', mode] = process.argv.slice(2);
const types = new Types(descriptors);
const bytes = await readMessage(process.stdin);
const request = fromBinary(types.message('ServerCompatRequest'), bytes) as ServerRequest;
const server = await serve();
const response = create(types.message('ServerCompatResponse'), {
  host: server.host,
  port: server.port,
  pemCert: request.serverCreds?.cert ?? new Uint8Array(),
});
process.stdout.write(framed(toBinary(types.message('ServerCompatResponse'), response)));

async function serve(): Promise<RunningServer> {
  const readiness = new Readiness();
  readiness.set('ready');
  const { messageReceiveLimit: limit } = request;
  const service = new ConformanceService(types);
  return startServer({
    host: '127.0.0.1',
    port: 0,
    // Its methods are none of those that catalogd has rules for.
    admission: new Admission(
      Gate.open,
      errorLog(),
      () => 0,
      {},
      () => 'open',
    ),
    readiness,
    log: errorLog(),
    routes: conformanceRoutes(types, service),
    lane: mode === 'lane' ? conformanceLane(types, service) : undefined,
    limits: limit === 0 ? {} : { readMaxBytes: limit },
    tls: await tlsOf(request),
  });
}

/** The suite's certificates, by way of files as an operator's are. */
async function tlsOf({ useTls, serverCreds, clientTlsCert }: ServerRequest) {
  if (!useTls || serverCreds === undefined) return undefined;
  const folder = await mkdtemp(join(tmpdir(), 'catalogd-conformance-'));
  try {
    const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
    await writeFile(cert, serverCreds.cert);
    await writeFile(key, serverCreds.key);
    const clientCa = clientTlsCert.length === 0 ? undefined : join(folder, 'client-ca.pem');
    if (clientCa !== undefined) await writeFile(clientCa, clientTlsCert);
    return {
      material: await readTlsFiles({ cert, key, clientCa }),
      clientAuth: 'require',
    } as const;
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Standard output belongs to the runner. */
function errorLog(): Log {
  const error = (fields: object, message: string) => console.error(message, fields);
  return { debug: () => {}, info: () => {}, warn: error, error };
}

/** One message of the runner: its length in four bytes, then itself. */
async function readMessage(input: NodeJS.ReadableStream): Promise<Uint8Array> {
  let bytes = Buffer.alloc(0);
  for await (const chunk of input) {
    bytes = Buffer.concat([bytes, chunk as Buffer]);
    if (bytes.length < 4) continue;
    const length = bytes.readUInt32BE();
    if (bytes.length >= 4 + length) return bytes.subarray(4, 4 + length);
  }
  throw new Error('standard input ended before the request was there');
}

function framed(message: Uint8Array): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(message.length);
  return Buffer.concat([length, message]);
}
