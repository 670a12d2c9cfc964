import { once } from 'node:events';
import http2, { type ClientHttp2Session } from 'node:http2';

/** All that an answer is on the wire. */
export interface RawAnswer {
  /** Headers and trailers together: which of them an error stands in is free. Without the date. */
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly body: Buffer;
}

/** A gRPC message with its prefix. */
export function frame(message: Uint8Array, { flags = 0, length = message.length } = {}): Buffer {
  const prefix = Buffer.alloc(5);
  prefix[0] = flags;
  prefix.writeUInt32BE(length, 1);
  return Buffer.concat([prefix, message]);
}

/** Opens a connection over which calls are made of bytes. */
export async function rawGrpc(port: number) {
  const session = http2.connect(`http://127.0.0.1:${port}`);
  await once(session, 'remoteSettings');
  return {
    session,
    call: (path: string, body: Uint8Array, headers: Readonly<Record<string, string>> = {}) =>
      rawCall(session, path, body, headers),
    close: () => session.destroy(),
  };
}

/** The answer to one call; what becomes of the stream is part of it. */
async function rawCall(
  session: ClientHttp2Session,
  path: string,
  body: Uint8Array,
  headers: Readonly<Record<string, string>>,
): Promise<RawAnswer> {
  const stream = session.request({
    ':method': 'POST',
    ':path': path,
    'content-type': 'application/grpc',
    te: 'trailers',
    // Sent back as it is; else the server would make one up.
    'x-request-id': 'the-same',
    ...headers,
  });
  const metadata: Record<string, unknown> = {};
  const chunks: Buffer[] = [];
  stream.on('response', (fields) => Object.assign(metadata, fields));
  stream.on('trailers', (fields) => Object.assign(metadata, fields));
  stream.on('data', (chunk) => chunks.push(chunk));
  stream.on('error', (error) => Object.assign(metadata, { error: error.message }));
  stream.end(body);
  await once(stream, 'close');
  delete metadata.date;
  return { metadata, body: Buffer.concat(chunks) };
}
