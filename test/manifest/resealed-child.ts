/**
 * Decodes, in a process that may be killed, a golden file that was mutated and sealed again; the
 * parent sends the seed of the mutation. For mutations.test.ts.
 */
import { decodeManifest } from '../../src/manifest/decode.ts';
import { encodeManifest } from '../../src/manifest/encode.ts';
import { CorruptManifestError, NewerManifestError } from '../../src/manifest/errors.ts';
import { seal } from '../../src/manifest/seal.ts';
import { readGolden } from './golden.ts';
import { MUTATIONS, randomStream } from './mutate.ts';

const SMALL = readGolden().filter(({ bytes }) => bytes.length < 8_192);
const KINDS = ['flipBit', 'flipManyBits', 'overwrite', 'swap', 'hugeVarint', 'insert', 'remove'];

process.on('message', (seed: number) => {
  outcomeOf(resealed(seed)).then(
    (outcome) => process.send?.(outcome),
    (error: unknown) => process.send?.(String(error)),
  );
});

function resealed(seed: number): Buffer {
  const random = randomStream(seed);
  const below = (n: number) => Math.floor(random() * n);
  const original = Buffer.from(SMALL[below(SMALL.length)]?.bytes ?? []);
  for (;;) {
    const kind = KINDS[below(KINDS.length)] ?? '';
    const bytes = MUTATIONS[kind]?.(Buffer.from(original), below) ?? original;
    try {
      seal(bytes);
      return bytes;
    } catch {
      // The mutation hit the entry itself: take the next one.
    }
  }
}

async function outcomeOf(bytes: Uint8Array): Promise<string> {
  try {
    // To encode it checks all rules.
    encodeManifest(await decodeManifest(bytes));
    return 'manifest';
  } catch (error) {
    if (error instanceof CorruptManifestError) return 'corrupt';
    if (error instanceof NewerManifestError) return 'newer';
    throw error;
  }
}
