/**
 * A grpc-js server whose answer is encoded already: its serializer passes the bytes on.
 * `grpc-js-bytes.ts FILE PATH`, the file holding the message, the path naming the method.
 */
import { readFileSync } from 'node:fs';
import { Server, ServerCredentials } from '@grpc/grpc-js';

const answer = readFileSync(process.argv[2] ?? '');
const path = process.argv[3] ?? '';
const asIs = (bytes: Buffer) => bytes;
const server = new Server({ 'grpc.max_send_message_length': -1 });
server.addService(
  {
    method: {
      path,
      requestStream: false,
      responseStream: false,
      requestSerialize: asIs,
      requestDeserialize: asIs,
      responseSerialize: asIs,
      responseDeserialize: asIs,
    },
  },
  {
    method: (_call: unknown, answered: (error: null, bytes: Buffer) => void) =>
      answered(null, answer),
  },
);
server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => {
  if (error !== null) throw error;
  console.log(port);
});
