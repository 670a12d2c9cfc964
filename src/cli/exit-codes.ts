/** The exit codes of every command. They are part of the interface: scripts branch on them. */
export const EXIT = {
  ok: 0,
  unexpected: 1,
  usage: 2,
  notFound: 3,
  conflict: 4,
  aborted: 5,
  unavailable: 6,
  outcomeUnknown: 7,
  corrupt: 8,
  tooLarge: 9,
} as const;

/** The table as help shows it. */
export const EXIT_CODES_HELP = `Exit codes:
  0  done
  1  unexpected error
  2  wrong usage, configuration or input; nothing was changed
  3  no such dataset, or no such object of it
  4  conflict, such as another schema fingerprint; nothing was changed
  5  the dataset has changed meanwhile (etag, version); nothing was changed
  6  service or store unavailable, busy, or too slow; nothing was changed
  7  outcome of the write unknown: repeat it with the same --request-id
  8  corrupt catalog data
  9  too large for one answer`;

const BY_CODE: Readonly<Record<string, number>> = {
  INVALID_ARGUMENT: EXIT.usage,
  OUT_OF_RANGE: EXIT.usage,
  UNIMPLEMENTED: EXIT.usage,
  UNAUTHENTICATED: EXIT.usage,
  PERMISSION_DENIED: EXIT.usage,
  NOT_FOUND: EXIT.notFound,
  FAILED_PRECONDITION: EXIT.conflict,
  ALREADY_EXISTS: EXIT.conflict,
  ABORTED: EXIT.aborted,
  UNAVAILABLE: EXIT.unavailable,
  DEADLINE_EXCEEDED: EXIT.unavailable,
  RESOURCE_EXHAUSTED: EXIT.tooLarge,
  DATA_LOSS: EXIT.corrupt,
};

/** Reasons of RESOURCE_EXHAUSTED that pass. */
const BUSY: ReadonlySet<string> = new Set(['TOO_BUSY', 'TOO_MANY_WATCHERS', 'WATCH_TOO_SLOW']);

/** The exit code for an error of the service: the reason counts before the code. */
export function exitCodeOf(error: { code: string; reason: string }): number {
  if (error.reason === 'OUTCOME_UNKNOWN') {
    return EXIT.outcomeUnknown;
  }
  if (BUSY.has(error.reason)) {
    return EXIT.unavailable;
  }
  return BY_CODE[error.code] ?? EXIT.unexpected;
}
