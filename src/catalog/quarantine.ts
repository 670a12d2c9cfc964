import type { ManifestReader } from './manifest-reader.ts';
import type { Log, Runtime } from './runtime.ts';

/** The parts that {@link rereadQuarantined} works with. */
export interface QuarantineParts {
  readonly reader: ManifestReader;
  readonly runtime: Runtime;
  readonly log: Log;
}

/**
 * Reads the manifests in quarantine again and again, one after the other, until all are repaired or the
 * signal fires: where nobody else writes to the store, nothing else would look for a repair.
 *
 * @param intervalMs the pause between two rounds.
 */
export async function rereadQuarantined(
  { reader, runtime, log }: QuarantineParts,
  intervalMs: number,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    const names = [...reader.quarantinedNames()];
    if (names.length === 0) return;
    await runtime.sleep(intervalMs, signal);
    for (const name of names) {
      if (signal.aborted) return;
      try {
        await reader.fresh(name);
      } catch (err) {
        log.debug({ err, name }, 'a manifest in quarantine still cannot be read');
      }
    }
  }
}
