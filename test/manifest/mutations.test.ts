import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from '@jest/globals';
import { decodeManifest } from '../../src/manifest/decode.ts';
import { CorruptManifestError } from '../../src/manifest/errors.ts';
import { readGolden } from './golden.ts';
import { MUTATIONS, randomStream } from './mutate.ts';

/** The mutations of one kind, over all golden files in turn. */
const PER_KIND = 1_300;
const SMALL = readGolden().filter(({ bytes }) => bytes.length < 8_192);

describe('a damaged golden file', () => {
  it('would be accepted if it were not damaged', async () => {
    for (const { bytes } of SMALL) await decodeManifest(bytes);
  });

  it('comes in at least 20,000 forms', () => {
    expect(SMALL.length).toBeGreaterThanOrEqual(5);
    expect(PER_KIND * Object.keys(MUTATIONS).length).toBeGreaterThanOrEqual(20_000);
  });

  it.each(Object.entries(MUTATIONS))('is refused as corrupt: %s', async (kind, mutate) => {
    const random = randomStream(Object.keys(MUTATIONS).indexOf(kind));
    const below = (n: number) => Math.floor(random() * n);
    let refused = 0;
    let unchanged = 0;
    for (let i = 0; i < PER_KIND; i++) {
      const original = Buffer.from(SMALL[i % SMALL.length]?.bytes ?? []);
      const bytes = mutate(Buffer.from(original), below);
      if (bytes.equals(original)) {
        unchanged++;
        continue;
      }
      await decodeManifest(bytes).then(
        () => undefined,
        (error: unknown) => {
          if (!(error instanceof CorruptManifestError)) throw error;
          refused++;
        },
      );
    }
    expect(refused).toBe(PER_KIND - unchanged);
    // A kind that mostly changes nothing would prove nothing.
    expect(unchanged).toBeLessThan(PER_KIND / 10);
  });
});

/**
 * The seal keeps out damage, not somebody who can write into the catalog's folder and compute
 * SHA-256. Past it hyparquet is on its own, and may not come to an end. What is promised then is
 * little: whatever does come to an end is a manifest that keeps the rules, or a typed error.
 */
describe('a golden file that was changed and sealed again', () => {
  const script = fileURLToPath(new URL('./resealed-child.ts', import.meta.url));
  let child: ChildProcess | undefined;
  afterAll(() => void child?.kill('SIGKILL'));

  it('gives a coherent manifest or a typed error, unless the parser hangs or dies', async () => {
    const count = 300;
    const counts: Record<string, number> = {};
    for (let i = 0; i < count; i++) {
      child ??= fork(script, { stdio: ['ignore', 'ignore', 'ignore', 'ipc'], execArgv: [] });
      const outcome = await ask(child, i);
      if (outcome === 'hung' || outcome === 'died') {
        child.kill('SIGKILL');
        child = undefined;
      }
      counts[outcome] = (counts[outcome] ?? 0) + 1;
    }
    const { manifest = 0, corrupt = 0, newer = 0, hung = 0, died = 0, ...others } = counts;
    expect(others).toEqual({});
    expect(manifest + corrupt + newer + hung + died).toBe(count);
    expect(corrupt).toBeGreaterThan(count / 10);
    expect(hung + died).toBeLessThan(count / 20);
  });

  async function ask(process: ChildProcess, seed: number): Promise<string> {
    const end = new AbortController();
    const { signal } = end;
    process.send(seed);
    try {
      return await Promise.race([
        once(process, 'message', { signal }).then(([outcome]) => String(outcome)),
        once(process, 'exit', { signal }).then(() => 'died'),
        sleep(10_000, 'hung', { signal }),
      ]);
    } finally {
      end.abort();
    }
  }
});
