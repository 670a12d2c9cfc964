/**
 * The process in which footers of strangers are parsed; see parser-process.ts, which starts it and
 * speaks with it. It knows no secret: its environment is empty.
 */
import process from 'node:process';
import { Script } from 'node:vm';
import { parseFooter } from './footer.ts';
import type { Job, Outcome } from './parser-process.ts';

/** In milliseconds. The parent's own limit is shorter; this one is for when the parent has gone. */
const LIMIT_MS = Number(process.argv[2]);

/** A loop can only be ended from without, which is what vm's time limit does. */
const guarded = new Script('globalThis.parseJob()');

function parse({ footer, expected }: Job): Outcome {
  Object.assign(globalThis, {
    parseJob: () => {
      const { schema, ...rest } = parseFooter(footer);
      return rest.schemaFingerprint === expected ? rest : { ...rest, schema };
    },
  });
  try {
    return { footer: guarded.runInThisContext({ timeout: LIMIT_MS }) };
  } catch (error) {
    return { problem: (error as Error).message };
  }
}

process.on('message', (job: Job) => {
  // Where the parent has gone meanwhile, there is nobody to tell.
  process.send?.(parse(job), undefined, undefined, () => {});
});
process.on('disconnect', () => process.exit());
process.send?.('ready');
