import { CommanderError } from 'commander';
import { CatalogClientError } from '../client/errors.ts';
import { adviceFor } from './advice.ts';
import { EXIT, exitCodeOf } from './exit-codes.ts';
import type { Io } from './io.ts';
import { messageOf } from './message-of.ts';
import { escapeText, jsonLine } from './output/escape.ts';
import { UsageError } from './usage-error.ts';

/** An error as it is reported: as text, and field by field as JSON. */
interface Report {
  readonly exitCode: number;
  readonly code: string;
  readonly reason: string;
  /** One or more lines. */
  readonly message: string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly violations?: readonly { kind: string; subject: string; description: string }[];
  readonly retryAfterMs?: number | undefined;
  readonly advice?: string | undefined;
}

/**
 * Writes the error to standard error: what, with which value, and what to do; as JSON if the arguments
 * ask for it.
 *
 * @returns the exit code.
 */
export function report(error: unknown, args: readonly string[], io: Io): number {
  const described = describe(error);
  io.stderr.write(
    args.includes('--json') ? jsonLine({ error: described }) : renderReport(described),
  );
  return described.exitCode;
}

function describe(error: unknown): Report {
  if (error instanceof CatalogClientError) {
    const { code, reason, message, metadata, violations, retryAfterMs } = error;
    return {
      exitCode: exitCodeOf(error),
      code,
      reason,
      message,
      metadata,
      violations,
      retryAfterMs,
      advice: adviceFor(error),
    };
  }
  const message = messageOf(error);
  if (error instanceof CommanderError) {
    return usage(message.replace(/^error: /, ''), 'see `catalogd help COMMAND`');
  }
  // By name, so that reporting loads neither the stores nor the Parquet reader.
  const name = error instanceof Error ? error.name : '';
  if (
    error instanceof UsageError ||
    name === 'DatasetFileError' ||
    name === 'S3ConfigError' ||
    name === 'ConfigError'
  ) {
    return usage(message);
  }
  if (name === 'DatasetUnavailableError') {
    const reason = 'DATA_UNAVAILABLE';
    return { exitCode: EXIT.unavailable, code: 'UNAVAILABLE', reason, message };
  }
  if (START_ERRORS.has(name)) {
    return usage(message, 'see `catalogd serve --help`');
  }
  if (name === 'ImportError') return usage(message);
  if (name === 'IncompleteExportError') return { ...CORRUPT, message };
  if (name === 'OutcomeUnknownError') {
    const advice = 'run the command again: what was done already is not done twice';
    return { ...OUTCOME_UNKNOWN, message, advice };
  }
  if (name === 'StoreUnavailableError') {
    return { ...STORE_UNAVAILABLE, message };
  }
  if (name === 'RehydrateError' && error instanceof Error && 'bad' in error) {
    const corrupt = Array.isArray(error.bad) && error.bad.length > 0;
    return { ...(corrupt ? CORRUPT : STORE_UNAVAILABLE), message };
  }
  return { exitCode: EXIT.unexpected, code: 'UNKNOWN', reason: 'UNEXPECTED', message };
}

/** By name: what keeps the service from starting until its settings are others. */
const START_ERRORS: ReadonlySet<string> = new Set([
  'ListenError',
  'ExposureError',
  'TlsFileError',
  'BadFile',
  'AuditLogError',
  'StoreConfigError',
  'ProbeError',
]);

const CORRUPT = { exitCode: EXIT.corrupt, code: 'DATA_LOSS', reason: 'CORRUPT_MANIFEST' };
const OUTCOME_UNKNOWN = {
  exitCode: EXIT.outcomeUnknown,
  code: 'UNAVAILABLE',
  reason: 'OUTCOME_UNKNOWN',
};
const STORE_UNAVAILABLE = {
  exitCode: EXIT.unavailable,
  code: 'UNAVAILABLE',
  reason: 'STORE_UNAVAILABLE',
};

function usage(message: string, advice?: string): Report {
  return { exitCode: EXIT.usage, code: 'INVALID_ARGUMENT', reason: 'USAGE', message, advice };
}

function renderReport({ code, reason, message, violations = [], advice }: Report): string {
  const local = reason === 'USAGE' || reason === 'UNEXPECTED';
  const kinds = new Set([code, reason].filter((each) => each !== ''));
  const [first = '', ...rest] = message.split('\n').map(escapeText);
  return [
    `catalogd: ${first}${local ? '' : ` (${[...kinds].join(', ')})`}`,
    ...rest.map((line) => `  ${line.trimStart()}`),
    // The message may have said it already, word for word.
    ...violations
      .filter(({ description }) => description !== message)
      .map(({ subject, description }) => `  ${escapeText(subject)}: ${escapeText(description)}`),
    ...(advice === undefined ? [] : [`  -> ${escapeText(advice)}`]),
    '',
  ].join('\n');
}
