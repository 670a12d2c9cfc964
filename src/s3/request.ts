import type {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { describeFailure, isPassing, type S3Failure } from './failure.ts';

/** A command that may be sent again. */
export type ReadCommand = GetObjectCommand | HeadObjectCommand | ListObjectsV2Command;

/** How reads are repeated; times are in milliseconds. */
export interface ReadPolicy {
  /** From the start of a request, loading the credentials included, to the last byte of its answer. */
  readonly requestTimeoutMs: number;
  /** How often a read is sent at most, 1 or more. */
  readonly attempts: number;
  /** The wait before the first repetition, times a random number; it doubles with each one. */
  readonly backoffMs: number;
  readonly sleep: (ms: number) => Promise<void>;
  /** At least 0, less than 1. */
  readonly random: () => number;
}

/** A request to S3 that failed. The message is for the one who runs it. */
export class S3RequestError extends Error {
  override name = 'S3RequestError';
  readonly failure: S3Failure;

  constructor(failure: S3Failure, options?: ErrorOptions) {
    super(failure.text, options);
    this.failure = failure;
  }

  /** Whether it may go well at another time. */
  get passing(): boolean {
    return isPassing(this.failure);
  }
}

/**
 * Sends a read, and again after a passing fault.
 *
 * @param makeCommand called for each attempt: a command can be watched only once.
 * @param send hands the command to the client and takes all of the answer. It may throw an
 *   {@link S3RequestError} of its own.
 * @throws {S3RequestError}
 */
export async function sendRead<C extends ReadCommand, T>(
  makeCommand: () => C,
  send: (command: C, options: { readonly abortSignal: AbortSignal }) => Promise<T>,
  policy: ReadPolicy,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await sendOnce(makeCommand(), send, policy.requestTimeoutMs);
    } catch (error) {
      const last = !(error instanceof S3RequestError) || attempt >= policy.attempts;
      if (last || !error.passing) throw error;
      await policy.sleep(policy.random() * policy.backoffMs * 2 ** attempt);
    }
  }
}

/**
 * Sends a request once, and ends within the time limit, loading the credentials included.
 *
 * @param command not sent before: a command can be watched only once.
 * @throws {S3RequestError} which knows how far the request came.
 */
export async function sendOnce<C extends ReadCommand | PutObjectCommand | DeleteObjectCommand, T>(
  command: C,
  send: (command: C, options: { readonly abortSignal: AbortSignal }) => Promise<T>,
  limitMs: number,
): Promise<T> {
  let handed = false;
  // The stacks differ in their types only by input and output, which this step does not touch.
  const stack = command.middlewareStack as GetObjectCommand['middlewareStack'];
  stack.add(
    (next) => (args) => {
      handed = true;
      return next(args);
    },
    // The last step before the HTTP handler, which sends nothing once the signal is aborted.
    { step: 'deserialize', priority: 'low', name: 'catalogdHanded' },
  );
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      controller.abort();
      const message = `no answer within ${limitMs} ms`;
      reject(Object.assign(new Error(message), { name: 'TimeoutError' }));
    }, limitMs);
  });
  try {
    return await Promise.race([send(command, { abortSignal: controller.signal }), late]);
  } catch (error) {
    if (error instanceof S3RequestError) throw error;
    throw new S3RequestError(describeFailure(error, handed), { cause: error });
  } finally {
    clearTimeout(timer);
  }
}
