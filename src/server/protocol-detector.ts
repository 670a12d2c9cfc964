import type { Socket } from 'node:net';

/** The protocols that share the port. */
export type Protocol = 'http1' | 'http2';

/** How the preface of HTTP/2 begins (RFC 9113 section 3.4). No method of HTTP/1.1 begins so. */
const HTTP2_PREFACE = Buffer.from('PRI');

/** How a TLS handshake begins (RFC 8446 section 5.1). No text begins so. */
const TLS_HANDSHAKE = 0x16;

/**
 * Tells by the first bytes which protocol a client speaks, without consuming them. `onDetected` is
 * called at most once, synchronously with the bytes: whoever takes the socket over then misses
 * nothing. A socket that ends, fails or does not show its protocol in time is destroyed instead.
 */
export function detectProtocol(
  socket: Socket,
  timeoutMs: number,
  onDetected: (protocol: Protocol | 'tls') => void,
): void {
  let seen: Buffer = Buffer.alloc(0);

  const destroy = () => socket.destroy();
  const timer = setTimeout(destroy, timeoutMs);
  const letGo = () => {
    clearTimeout(timer);
    socket.off('readable', onReadable);
    socket.off('end', destroy);
    socket.off('error', destroy);
    socket.off('close', letGo);
  };
  const onReadable = () => {
    for (let chunk = socket.read(); chunk !== null; chunk = socket.read()) {
      seen = seen.length === 0 ? chunk : Buffer.concat([seen, chunk]);
    }
    const protocol = protocolOf(seen);
    if (protocol === undefined) return;
    letGo();
    socket.unshift(seen);
    onDetected(protocol);
  };
  socket.on('readable', onReadable);
  socket.on('end', destroy);
  socket.on('error', destroy);
  socket.on('close', letGo);
}

/** `undefined` as long as the bytes fit both protocols. */
function protocolOf(bytes: Buffer): Protocol | 'tls' | undefined {
  if (bytes[0] === TLS_HANDSHAKE) return 'tls';
  const length = Math.min(bytes.length, HTTP2_PREFACE.length);
  if (bytes.compare(HTTP2_PREFACE, 0, length, 0, length) !== 0) return 'http1';
  return length === HTTP2_PREFACE.length ? 'http2' : undefined;
}
