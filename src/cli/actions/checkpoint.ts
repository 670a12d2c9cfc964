import { Registry } from '../../catalog/registry.ts';
import { protobufViews } from '../../rpc/views.ts';
import { systemRuntime } from '../../server/system-runtime.ts';
import { type Io, writeOut } from '../io.ts';
import { counted } from '../output/counted.ts';
import { jsonLine } from '../output/escape.ts';
import { PATIENCE_MS, withStore } from '../with-store.ts';

/** Carries out `catalogd checkpoint`. */
export async function checkpoint(flags: Record<string, unknown>, io: Io): Promise<void> {
  const report = await withStore({ flags, env: io.env }, false, async ({ store }) => {
    const parts = { store, codec: protobufViews, runtime: systemRuntime, log: QUIET };
    // Nobody calls it, so it need not follow what others write.
    const registry = new Registry({ ...parts, shared: false });
    const { fromCheckpoint } = await registry.rehydrate({ withinMs: PATIENCE_MS });
    const { datasets, files, bytes } = await registry.checkpoint();
    return { manifests: datasets, from_former_checkpoint: fromCheckpoint, files, bytes };
  });
  const { manifests, from_former_checkpoint: former, files, bytes } = report;
  const text =
    `a checkpoint of ${counted(manifests, 'manifest')} was written: ` +
    `${counted(files, 'file')}, ${bytes} bytes; ` +
    `${former} of them were in the former one as they are now\n`;
  await writeOut(io.stdout, flags.json === true ? jsonLine(report) : text);
}

/** The report says what there is to say, and errors are thrown. */
const QUIET = { debug() {}, info() {}, warn() {}, error() {} };
