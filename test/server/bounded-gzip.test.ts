import { gzipSync } from 'node:zlib';
import { Code, ConnectError } from '@connectrpc/connect';
import { compressionGzip } from '@connectrpc/connect-node';
import { describe, expect, it } from '@jest/globals';
import { boundedGzip } from '../../src/server/bounded-gzip.ts';

describe('boundedGzip', () => {
  /** Decompressing ends when it is let go. */
  function slow() {
    let nowMs = 0;
    const begun: (() => void)[] = [];
    const gzip = boundedGzip(() => nowMs, {
      ...compressionGzip,
      decompress: (bytes) =>
        new Promise((resolve) => {
          begun.push(() => resolve(bytes as Uint8Array<ArrayBuffer>));
        }),
    });
    const send = () => gzip.decompress(new Uint8Array(1), 1_000);
    const passes = (ms: number) => {
      nowMs += ms;
    };
    return { begun, send, passes };
  }
  const turn = () => new Promise((resolve) => setImmediate(resolve));

  it('decompresses what is small enough', async () => {
    const gzip = boundedGzip(() => 0);
    const some = await gzip.decompress(gzipSync('some text'), 100);
    expect(Buffer.from(some).toString()).toBe('some text');
    await expect(gzip.decompress(gzipSync('x'.repeat(101)), 100)).rejects.toMatchObject({
      code: Code.ResourceExhausted,
    });
  });

  it('decompresses two at a time, and lets the others wait', async () => {
    const { begun, send, passes } = slow();
    const all = [send(), send(), send()];
    await turn();
    expect(begun).toHaveLength(2);
    passes(1_000);
    begun[0]?.();
    await turn();
    expect(begun).toHaveLength(3);
    for (const end of begun) end();
    expect(await Promise.all(all)).toHaveLength(3);
  });

  it('refuses at once all that have waited for more than a second', async () => {
    const { begun, send, passes } = slow();
    const first = [send(), send()];
    const late = Array.from({ length: 1_000 }, send);
    const told = Promise.allSettled(late);
    await turn();
    passes(1_001);
    begun[0]?.();
    for (const each of await told) {
      expect(each).toMatchObject({ reason: expect.any(ConnectError) });
      expect(each).toMatchObject({ reason: { code: Code.ResourceExhausted } });
    }
    expect(begun).toHaveLength(2);
    begun[1]?.();
    await Promise.all(first);
  });
});
