import type { Socket } from 'node:net';
import type { HttpRequest } from '../http/exchange.ts';
import type { Peer } from '../rpc/incoming-call.ts';
import { certificateOf } from './peer-certificate.ts';

/** The other end of a request's connection. */
export function peerOfRequest(request: HttpRequest): Peer {
  return peerOf('stream' in request ? request.stream.session?.socket : request.socket);
}

/** The other end of a connection; of one that is gone there is nothing to say. */
export function peerOf(socket: Pick<Socket, 'remoteAddress'> | undefined): Peer {
  if (socket === undefined) return { address: '' };
  return { address: socket.remoteAddress ?? '', certificate: certificateOf(socket) };
}
