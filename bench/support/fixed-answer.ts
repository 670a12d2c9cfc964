import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Subject } from './checked-load.ts';
import { startServer } from './child-server.ts';
import type { Exchange } from './datasets.ts';

let files = 0;

/** Starts one of `servers/` that answers every call with the answer of that exchange. */
export async function fixedAnswer(
  scratch: string,
  file: 'bare-http2.ts' | 'grpc-js-bytes.ts',
  path: string,
  exchange: Exchange,
): Promise<Subject> {
  const message = join(scratch, `answer-${files++}`);
  await writeFile(message, exchange.answer);
  return { ...(await startServer(file, [message, path])), path, exchanges: [exchange] };
}
