/**
 * The server that the official conformance suite of Connect tests: its service on the listener, the
 * limits and the RPC handler of catalogd. Started by the suite's runner, which tells it what to serve on
 * standard input and is told where on standard output.
 *
 *   node test/interop/conformance/server.ts DESCRIPTORS [--plain]
 *
 * With --plain it is connect-node's own adapter on Node's own servers: what fails there as well is not ours.
 */
import http from 'node:http';
import http2 from 'node:http2';
import type { AddressInfo, Server } from 'node:net';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { connectNodeAdapter } from '@connectrpc/connect-node';
import type { Log } from '../../../src/server/log.ts';
import { Readiness } from '../../../src/server/readiness.ts';
import { startServer } from '../../../src/server/server.ts';
import { conformanceRoutes } from './service.ts';
import { type ServerRequest, Types } from './types.ts';

/** HTTP_VERSION_2 of the suite. */
const HTTP_2 = 2;

const [descriptors = '', mode] = process.argv.slice(2);
const types = new Types(descriptors);
const request = fromBinary(
  types.message('ServerCompatRequest'),
  await readMessage(process.stdin),
) as ServerRequest & { readonly httpVersion: number };

const port = mode === '--plain' ? await servePlain() : await serveOurs();
const response = create(types.message('ServerCompatResponse'), { host: '127.0.0.1', port });
process.stdout.write(framed(toBinary(types.message('ServerCompatResponse'), response)));

async function serveOurs(): Promise<number> {
  const readiness = new Readiness();
  readiness.set('ready');
  const { messageReceiveLimit: limit } = request;
  const server = await startServer({
    host: '127.0.0.1',
    port: 0,
    readiness,
    log: errorLog(),
    routes: conformanceRoutes(types),
    limits: limit === 0 ? {} : { readMaxBytes: limit },
  });
  return server.port;
}

/** What the documentation of connect-node shows. */
async function servePlain(): Promise<number> {
  const { messageReceiveLimit: limit } = request;
  const handler = connectNodeAdapter({
    routes: conformanceRoutes(types),
    ...(limit === 0 ? {} : { readMaxBytes: limit }),
  });
  const server: Server =
    request.httpVersion === HTTP_2 ? http2.createServer(handler) : http.createServer(handler);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
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
