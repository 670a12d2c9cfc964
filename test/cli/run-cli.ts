import { Readable, Writable } from 'node:stream';
import type { Io } from '../../src/cli/io.ts';
import { runCli } from '../../src/cli/run.ts';

/** What a run of the command line left behind. */
export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface CliInput {
  readonly env?: Record<string, string>;
  readonly stdin?: string | Uint8Array;
  readonly stdout?: Writable;
  readonly stderr?: Writable;
}

/** An output stream that keeps what was written. */
export function capture(): Writable & { text: string } {
  const stream = new Writable({
    write(chunk, _encoding, done) {
      stream.text += chunk.toString();
      done();
    },
  }) as Writable & { text: string };
  stream.text = '';
  return stream;
}

/** Runs the command line in this process, with no environment but the given one. */
export async function run(args: readonly string[], input: CliInput = {}): Promise<Ran> {
  const stdout = capture();
  const stderr = capture();
  const io: Io = {
    stdin: Readable.from([Buffer.from(input.stdin ?? '')]),
    stdout: input.stdout ?? stdout,
    stderr: input.stderr ?? stderr,
    env: input.env ?? {},
    onStopSignal: () => () => {},
    exit: () => {},
  };
  const code = await runCli(args, io);
  return { code, out: stdout.text, err: stderr.text };
}
