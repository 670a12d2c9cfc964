import type { TLSSocket } from 'node:tls';
import { expect, it } from '@jest/globals';
import { DEFAULT_LIMITS } from '../../src/server/limits.ts';
import { listen } from '../../src/server/listener.ts';
import { readTlsFiles } from '../../src/server/tls-files.ts';
import { certificatePath } from '../support/certificates.ts';
import { readAll } from './support.ts';
import { tlsConnect } from './tls-support.ts';

/** More than the buffers of two sockets take. */
const BIG = 'b'.repeat(16 * 1024 * 1024);
/** More than one TLS record holds (RFC 8446 section 5.1), less than Node reads at once. */
const UPLOAD = 'u'.repeat(40_000);
const silent = () => {};

it('a request of many TLS records that comes before the answer ahead of it is read is answered', async () => {
  let answering = silent;
  const ahead = new Promise<void>((resolve) => {
    answering = resolve;
  });
  const listener = await listen({
    host: '127.0.0.1',
    port: 0,
    handler: async (request, response) => {
      if (request.url === '/big') {
        response.end(BIG);
        answering();
        return;
      }
      let bytes = 0;
      for await (const chunk of request) bytes += (chunk as Buffer).length;
      response.end(`${bytes} bytes came`);
    },
    tls: {
      material: await readTlsFiles({
        cert: certificatePath('server'),
        key: certificatePath('server', 'key'),
      }),
      clientAuth: 'require',
    },
    limits: DEFAULT_LIMITS,
    log: { debug: silent, info: silent, warn: silent, error: silent },
  });
  const socket: TLSSocket = await tlsConnect(listener.address.port);
  socket.write('GET /big HTTP/1.1\r\nHost: a\r\n\r\n');
  await ahead;
  socket.write(
    `POST /upload HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: ${UPLOAD.length}\r\n\r\n${UPLOAD}`,
  );
  const answers = await readAll(socket);
  await listener.close(0);

  expect(answers.length).toBeGreaterThan(BIG.length);
  expect(answers.slice(-100)).toContain(`${UPLOAD.length} bytes came`);
});
