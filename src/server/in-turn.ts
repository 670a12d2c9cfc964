import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** How many requests of one connection may wait for those ahead of them. */
const MAX_WAITING = 256;

/** How many requests of a connection are waiting for those ahead of them. */
const waiting = new WeakMap<Socket, number>();

/**
 * Serves a request once those ahead of it on its connection have been answered. Node hands over all that
 * came in one piece at once, which may be a thousand: their answers would all wait in memory, and a read
 * could be answered from before the write that was sent ahead of it (RFC 9112 section 9.3.2). A connection
 * on which too many wait is cut.
 */
export function inTurn(
  request: IncomingMessage,
  response: ServerResponse,
  serve: () => void,
): void {
  const { socket } = request;
  // Node gives a response its socket when it is its turn.
  if (response.socket !== null) {
    serve();
    return;
  }
  const ahead = waiting.get(socket) ?? 0;
  if (ahead >= MAX_WAITING) {
    socket.destroy();
    return;
  }
  waiting.set(socket, ahead + 1);
  response.once('socket', () => {
    waiting.set(socket, (waiting.get(socket) ?? 1) - 1);
    // Not from within Node's own handing over, after which it sends what is there of the answer.
    process.nextTick(serve);
  });
}
