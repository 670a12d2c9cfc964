import { once } from 'node:events';
import { type ClientHttp2Session, connect } from 'node:http2';

/** Unary gRPC calls of bytes, over node's http2 and nothing else, so that it can check any server. */
export interface GrpcCaller {
  /**
   * Makes a call.
   *
   * @param path such as `/etcdserverpb.KV/Range`.
   * @returns the answer's bytes.
   * @throws {Error} unless the answer is one message and the status is OK.
   */
  call(path: string, message: Uint8Array): Promise<Buffer>;
  close(): void;
}

/** How long one call may take. */
const CALL_MS = 30_000;

/** Opens one connection. */
export async function openCaller(address: string): Promise<GrpcCaller> {
  const session = connect(`http://${address}`, {
    settings: { initialWindowSize: 16 * 1024 * 1024 },
  });
  await once(session, 'connect');
  session.setLocalWindowSize(64 * 1024 * 1024);
  return {
    call: (path, message) => callOnce(session, path, message),
    close: () => session.destroy(),
  };
}

async function callOnce(session: ClientHttp2Session, path: string, message: Uint8Array) {
  const stream = session.request({
    ':method': 'POST',
    ':path': path,
    'content-type': 'application/grpc',
    te: 'trailers',
  });
  const signal = AbortSignal.timeout(CALL_MS);
  const chunks: Buffer[] = [];
  let status: unknown;
  const noteStatus = (headers: Record<string, unknown>) => {
    status = headers['grpc-status'] ?? status;
  };
  stream.on('response', noteStatus).on('trailers', noteStatus);
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  stream.end(grpcFrame(message));
  try {
    await once(stream, 'close', { signal });
  } finally {
    stream.destroy();
  }
  if (status !== '0') throw new Error(`${path}: grpc-status ${status}`);
  const frame = Buffer.concat(chunks);
  if (frame.length < 5 || frame[0] !== 0 || frame.readUInt32BE(1) !== frame.length - 5) {
    throw new Error(`${path}: the answer is not one uncompressed message`);
  }
  return frame.subarray(5);
}

/** A message as gRPC frames it: not compressed, its length, its bytes. */
export function grpcFrame(message: Uint8Array): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}
