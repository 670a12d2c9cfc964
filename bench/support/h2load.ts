import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { grpcFrame } from './grpc-caller.ts';

/** Load on one method of one server. h2load has one request body, so all calls are the same. */
export interface Load {
  /** `HOST:PORT` of the server. */
  readonly address: string;
  /** The method's path. */
  readonly path: string;
  /** The request message. */
  readonly request: Uint8Array;
  /** How many bytes the answer's message has; every answer has to have as many. */
  readonly answerBytes: number;
  readonly connections: number;
  /** Calls in flight on each connection. */
  readonly streams: number;
  /** How many calls to make in all. */
  readonly calls: number;
}

/** Longer than any load takes. */
const LIMIT_MS = 120_000;
let files = 0;

/**
 * Makes unary gRPC calls with h2load (nghttp2), in a process of its own.
 *
 * @param folder where the request's bytes are put.
 * @returns the seconds it took.
 * @throws {Error} if a call failed, or the answers together have another length than they must.
 */
export async function h2load(folder: string, load: Load): Promise<number> {
  const { address, path, request, answerBytes, connections, streams, calls } = load;
  const body = join(folder, `request-${files++}`);
  await writeFile(body, grpcFrame(request));
  const { stdout } = await promisify(execFile)(
    'h2load',
    [
      ...['-n', String(calls), '-c', String(connections), '-m', String(streams), '-d', body],
      ...['-H', 'content-type: application/grpc', '-H', 'te: trailers', `http://${address}${path}`],
    ],
    { timeout: LIMIT_MS, killSignal: 'SIGKILL' },
  );
  const number = (pattern: RegExp) => Number(pattern.exec(stdout)?.[1]);
  const succeeded = number(/(\d+) succeeded/);
  const dataBytes = number(/\((\d+)\) data/);
  const expected = calls * (5 + answerBytes);
  if (succeeded !== calls || dataBytes !== expected) {
    throw new Error(
      `${address}${path}: ${succeeded} of ${calls} calls succeeded, with ${dataBytes} bytes of ${expected}:\n${stdout}`,
    );
  }
  return seconds(stdout);
}

function seconds(stdout: string): number {
  const [, amount, unit] = /finished in ([\d.]+)(us|ms|s|m|h)?,/.exec(stdout) ?? [];
  const factor = { us: 1e-6, ms: 1e-3, s: 1, m: 60, h: 3_600 }[unit ?? 's'];
  return Number(amount) * (factor ?? Number.NaN);
}
