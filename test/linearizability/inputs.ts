import type { Observed } from './history.ts';
import { type DataFile, type Method, UNSET, type WriteInput } from './input.ts';
import type { Random } from './random.ts';

const FINGERPRINTS = ['f', 'g', 'h'];
const KEYS = ['a', 'b', 'c', 'd'];

/** Draws what clients ask for: mostly what makes sense on what they saw last. */
export class Inputs {
  #markers = 0;

  /**
   * A call on a name.
   *
   * @param latest the newest manifest that anybody saw of the name.
   * @param older another one that somebody saw.
   */
  draw(
    method: Method,
    latest: Observed | undefined,
    older: Observed | undefined,
    random: Random,
  ): WriteInput {
    this.#markers++;
    const marker = this.#markers;
    const conditions = {
      requestId: random.chance(0.6) ? `r${marker}` : '',
      expectedEtag: expectedEtag(latest, older, random),
      validateOnly: random.chance(0.06),
    };
    // Mostly the one it has: a conflict changes nothing, and writes are what is to be seen.
    const has = latest?.fingerprint ?? 'f';
    const fingerprint = random.chance(0.92) ? has : random.pick(FINGERPRINTS);
    switch (method) {
      case 'register': {
        const labels = random.pick([null, null, null, { writer: String(marker) }, {}]);
        const objects = files(marker, 1, random);
        return { method, ...conditions, fingerprint, marker, labels, objects };
      }
      case 'evolve': {
        const to = random.pick(FINGERPRINTS.filter((each) => each !== fingerprint));
        const objects = files(marker, 0, random);
        return { method, ...conditions, from: fingerprint, to, marker, objects };
      }
      case 'update': {
        const there = latest?.objects?.map(({ key }) => key) ?? KEYS;
        const put = files(marker, 0, random);
        const remove = there
          .concat(random.chance(0.1) ? KEYS : [])
          .filter((key, i, all) => all.indexOf(key) === i && put.every((each) => each.key !== key))
          .filter(() => random.chance(0.3));
        const given = random.chance(0.3) ? marker : UNSET;
        return { method, ...conditions, fingerprint, put, remove, marker: given };
      }
      case 'delete':
      case 'purge':
        return { method, ...conditions, allowMissing: random.chance(0.5) };
      case 'undelete':
        return { method, ...conditions };
    }
  }
}

function files(marker: number, least: number, random: Random): DataFile[] {
  const count = least + random.below(3);
  const first = random.below(KEYS.length);
  return Array.from({ length: count }, (_, i) => ({
    key: KEYS[(first + i) % KEYS.length] as string,
    size: marker * KEYS.length + i,
    // Of the size of the dataset's, so that the sums come out below 0 now and then.
    rows: random.chance(0.85) ? random.below(marker) : UNSET,
  }));
}

function expectedEtag(
  latest: Observed | undefined,
  older: Observed | undefined,
  random: Random,
): string {
  if (random.chance(0.75)) return '';
  if (random.chance(0.1)) return '1-0000000000000000';
  const seen = random.chance(0.2) ? older : latest;
  return seen?.etag ?? '';
}
