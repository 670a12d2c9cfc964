import type { Command } from 'commander';
import { UsageError } from './usage-error.ts';

/** The flags of every command that writes, as commander hands them over. */
export interface WriteFlags extends Record<string, unknown> {
  readonly expectedEtag?: string;
  readonly requestId?: string;
  readonly validateOnly?: boolean;
  readonly json?: boolean;
}

/** Adds what every command takes that writes a dataset. */
export function addWriteOptions(command: Command): Command {
  return command
    .option('--expected-etag <etag>', 'only if the dataset is still at this etag, else exit code 5')
    .option(
      '--request-id <id>',
      'makes the command safe to repeat: up to 64 printable ASCII characters (default: random)',
    )
    .option('--validate-only', 'make every check, but write nothing');
}

/**
 * What those flags say, as the requests have it.
 *
 * @throws {UsageError} if one of them is empty.
 */
export function readWriteFlags(flags: WriteFlags) {
  return {
    expectedEtag: given('--expected-etag', flags.expectedEtag),
    requestId: given('--request-id', flags.requestId),
    validateOnly: flags.validateOnly === true,
  };
}

/**
 * Empty means "not given" to the service: an etag out of a command substitution that failed would make
 * a conditional write an unconditional one.
 *
 * @throws {UsageError} if it is empty.
 */
export function given(flag: string, text: string | undefined): string {
  if (text === '') {
    throw new UsageError(`${flag}: must not be empty; leave it out to do without`);
  }
  return text ?? '';
}
