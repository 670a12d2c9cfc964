/** The canonical code of a gRPC status, by name (google.rpc.Code). `OK` never occurs in an error. */
export type CodeName =
  | 'CANCELLED'
  | 'UNKNOWN'
  | 'INVALID_ARGUMENT'
  | 'DEADLINE_EXCEEDED'
  | 'NOT_FOUND'
  | 'ALREADY_EXISTS'
  | 'PERMISSION_DENIED'
  | 'RESOURCE_EXHAUSTED'
  | 'FAILED_PRECONDITION'
  | 'ABORTED'
  | 'OUT_OF_RANGE'
  | 'UNIMPLEMENTED'
  | 'INTERNAL'
  | 'UNAVAILABLE'
  | 'DATA_LOSS'
  | 'UNAUTHENTICATED';

/** One thing that is wrong with a call, out of BadRequest, PreconditionFailure or QuotaFailure. */
export interface Violation {
  readonly kind: 'field' | 'precondition' | 'quota';
  /** The field's path, for example `objects[3].key`, or the subject of the precondition or quota. */
  readonly subject: string;
  readonly description: string;
}

/** What {@link CatalogClientError} is made of. */
export interface CatalogClientErrorInit {
  readonly code: CodeName;
  readonly message: string;
  readonly reason?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly violations?: readonly Violation[];
  readonly retryAfterMs?: number | undefined;
  readonly cause?: unknown;
}

/**
 * A call that failed, whether the service refused it or could not be reached.
 *
 * A write that failed with the reason `OUTCOME_UNKNOWN` may have happened, or may happen yet, for all
 * its attempts: repeat it with the `request_id` in {@link metadata}. A write that failed in any other
 * way did not happen.
 */
export class CatalogClientError extends Error {
  override name = 'CatalogClientError';
  readonly code: CodeName;
  /**
   * The UPPER_SNAKE_CASE reason of the service's `google.rpc.ErrorInfo`. From the client itself:
   * `OUTCOME_UNKNOWN` where it lost sight of a write, `CLIENT_CLOSED` after `close()`. Empty for other
   * errors that did not come from catalogd.
   */
  readonly reason: string;
  /** The variable parts of the message, by name. */
  readonly metadata: Readonly<Record<string, string>>;
  /** All that is wrong with the call; empty unless the service said more than the message. */
  readonly violations: readonly Violation[];
  /** For how many milliseconds to wait before another try, if the service said so. */
  readonly retryAfterMs: number | undefined;

  constructor(init: CatalogClientErrorInit) {
    super(init.message, { cause: init.cause });
    this.code = init.code;
    this.reason = init.reason ?? '';
    this.metadata = init.metadata ?? {};
    this.violations = init.violations ?? [];
    this.retryAfterMs = init.retryAfterMs;
  }
}
