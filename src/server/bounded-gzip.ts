import { Code, ConnectError } from '@connectrpc/connect';
import { compressionGzip } from '@connectrpc/connect-node';
import pLimit from 'p-limit';

/** Requests that are decompressed at a time: each may grow a thousandfold, to `readMaxBytes`. */
const MAX_AT_ONCE = 2;
/** How long one may wait for its turn, in milliseconds. Many times what all take that are no bombs. */
const MAX_WAIT_MS = 1_000;

/** A way to compress messages, as connect has it. */
type Compression = typeof compressionGzip;

/**
 * gzip that holds no more than a few decompressed requests, however many come. The others wait, but not for
 * long: of a flood of bombs hardly any caller is still there when its turn comes, and all that waits is
 * kept in memory.
 *
 * Decompressing throws a ConnectError: RESOURCE_EXHAUSTED if the turn came too late, else what
 * {@link compressionGzip} throws.
 *
 * @param monotonic a clock that never goes back, in milliseconds.
 */
export function boundedGzip(monotonic: () => number, gzip: Compression = compressionGzip) {
  const limit = pLimit(MAX_AT_ONCE);
  const decompress: Compression['decompress'] = (bytes, readMaxBytes) => {
    const since = monotonic();
    return limit(() => {
      if (monotonic() - since <= MAX_WAIT_MS) return gzip.decompress(bytes, readMaxBytes);
      throw new ConnectError(
        'too many compressed requests at once; send it again later, or without compression',
        Code.ResourceExhausted,
      );
    });
  };
  return { ...gzip, decompress };
}
