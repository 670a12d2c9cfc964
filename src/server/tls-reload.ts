import type { Runtime } from '../catalog/runtime.ts';
import type { Log } from './log.ts';
import { readTlsFiles, sameMaterial, type TlsFiles, type TlsMaterial } from './tls-files.ts';

/** How {@link followTlsFiles} goes about it. */
export interface FollowOptions {
  /** What is in use when it begins. */
  readonly current: TlsMaterial;
  /** The pause between two looks at the files, in milliseconds. */
  readonly intervalMs: number;
  readonly runtime: Pick<Runtime, 'now' | 'sleep'>;
  readonly log: Log;
  /** Takes new material into use. */
  readonly onChange: (material: TlsMaterial) => void;
}

/** How long before its end a certificate is warned of, in microseconds: a week. */
const EXPIRY_NOTICE = 7n * 86_400_000_000n;

/** What a look at the files has shown. */
type Look = TlsMaterial | Error;

/**
 * Reads the files again and again until the signal fires, for they may be swapped behind symbolic links
 * (as Kubernetes does) or on network file systems, where nothing notifies. What differs is taken once
 * two looks in a row have seen it: between them nobody was writing. What cannot be used is logged once,
 * and what is in use stays. Of a certificate that ends within a week it warns once. Never rejects.
 */
export async function followTlsFiles(
  files: TlsFiles,
  { current, intervalMs, runtime, log, onChange }: FollowOptions,
  signal: AbortSignal,
): Promise<void> {
  let last: Look = current;
  let settled: Look = current;
  let inUse = current;
  let warnedOf: TlsMaterial | undefined;
  for (;;) {
    if (warnedOf !== inUse && endsSoon(inUse, runtime.now())) {
      warnedOf = inUse;
      log.warn({ validTo: inUse.validTo }, 'the TLS certificate in use ends soon, or has ended');
    }
    await runtime.sleep(intervalMs, signal);
    if (signal.aborted) return;
    const seen = await look(files);
    if (same(seen, last) && !same(seen, settled)) {
      settled = seen;
      if (seen instanceof Error) {
        log.error(
          { err: seen },
          'the new TLS files cannot be used; what was read before stays in use',
        );
      } else {
        inUse = seen;
        onChange(seen);
      }
    }
    last = seen;
  }
}

function endsSoon({ validTo }: TlsMaterial, now: bigint): boolean {
  return BigInt(validTo.getTime()) * 1_000n - now < EXPIRY_NOTICE;
}

async function look(files: TlsFiles): Promise<Look> {
  try {
    return await readTlsFiles(files);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function same(a: Look, b: Look): boolean {
  if (a instanceof Error || b instanceof Error) {
    return a instanceof Error && b instanceof Error && a.message === b.message;
  }
  return sameMaterial(a, b);
}
