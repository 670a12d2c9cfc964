import type { UniversalServerResponse } from '@connectrpc/connect/protocol';

const NAME = 'grpc-message';

/** Runs of characters that must be escaped; whole runs, or surrogate pairs would be torn apart. */
const NOT_PLAIN = /[^\x20-\x24\x26-\x7e]+/g;

/**
 * Percent-encodes the status message of a gRPC answer no more than gRPC asks for: "%" and what is
 * not printable ASCII (github.com/grpc/grpc, doc/PROTOCOL-HTTP2.md, "Responses"). connect escapes
 * all punctuation, and grpc-js leaves most of that escaped: its users would read "not known%3A".
 */
export function withPlainMessage(answer: UniversalServerResponse): UniversalServerResponse {
  const { trailer } = answer;
  if (trailer === undefined) return answer;
  return {
    ...answer,
    // Read after the body was sent: only then the trailers are complete.
    get trailer() {
      const escaped = trailer.get(NAME);
      if (escaped?.includes('%')) trailer.set(NAME, escapeMessage(decodeURIComponent(escaped)));
      return trailer;
    },
  };
}

/** The text of a `grpc-message`. */
export function escapeMessage(message: string): string {
  return message.replaceAll(NOT_PLAIN, encodeURIComponent);
}
