import type { ManifestReader } from './manifest-reader.ts';
import type { Log, Runtime } from './runtime.ts';

/** The parts that {@link rereadUncertain} works with. */
export interface RereadParts {
  readonly reader: ManifestReader;
  readonly runtime: Runtime;
  readonly log: Log;
}

/**
 * Reads the manifests in quarantine, and those with a write of unknown outcome, again and again, one after the
 * other, until the signal fires: where nobody else writes to the store, nothing else would look for a repair,
 * or tell watchers of a write that has happened after all.
 *
 * @param intervalMs the pause between two rounds.
 */
export async function rereadUncertain(
  { reader, runtime, log }: RereadParts,
  intervalMs: number,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    await runtime.sleep(intervalMs, signal);
    for (const name of [...reader.quarantinedNames(), ...reader.undecidedNames()]) {
      if (signal.aborted) return;
      try {
        await reader.fresh(name);
      } catch (err) {
        log.debug({ err, name }, 'a manifest that has to be looked at still cannot be read');
      }
    }
    if (signal.aborted) return;
  }
}
