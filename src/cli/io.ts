import type { Readable, Writable } from 'node:stream';

/** What the command line has of the outside world; a test passes its own. */
export interface Io {
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Calls back at each SIGTERM and SIGINT, until the returned function is called. */
  onStopSignal(listener: (signal: 'SIGTERM' | 'SIGINT') => void): () => void;
  /** Ends the process at once. */
  exit(code: number): void;
}

/** The reader of standard output has gone (EPIPE), as after `| head`. No fault of anybody. */
export class OutputClosedError extends Error {
  override name = 'OutputClosedError';
}

/**
 * Writes the text and waits until it is out, so that a slow reader sets the pace.
 *
 * @throws {OutputClosedError} if nobody reads any more.
 */
export async function writeOut(stream: Writable, text: string): Promise<void> {
  // The stream also emits the error, which without a listener would end the process.
  if (stream.listenerCount('error') === 0) {
    stream.on('error', () => {});
  }
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  stream.write(text, (error) => {
    const code = (error as NodeJS.ErrnoException | null | undefined)?.code;
    if (code === 'EPIPE' || code === 'ERR_STREAM_DESTROYED') {
      reject(new OutputClosedError('nobody reads the output any more', { cause: error }));
    } else if (error) {
      reject(new Error(`cannot write the output: ${error.message}`, { cause: error }));
    } else {
      resolve();
    }
  });
  await promise;
}
