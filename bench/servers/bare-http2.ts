/**
 * The least that answers a unary gRPC call on Node: an http2 server that sends the same frame to
 * whatever it is asked. `bare-http2.ts FILE`, the file holding the message.
 */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { grpcFrame } from '../support/grpc-caller.ts';

const frame = grpcFrame(readFileSync(process.argv[2] ?? ''));
// Node's default memory of 10 MB per session refuses large answers.
const server = createServer({ maxSessionMemory: 1_024 });
server.on('stream', (stream) => {
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
  stream.once('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
  stream.once('error', () => {});
  stream.resume();
  stream.end(frame);
});
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port));
