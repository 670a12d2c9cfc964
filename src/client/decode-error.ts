import { type DescMessage, fromBinary, type MessageShape } from '@bufbuild/protobuf';
import type { Any } from '@bufbuild/protobuf/wkt';
import { anyIs, anyUnpack } from '@bufbuild/protobuf/wkt';
import { type ServiceError, status } from '@grpc/grpc-js';
import {
  BadRequestSchema,
  ErrorInfoSchema,
  PreconditionFailureSchema,
  QuotaFailureSchema,
  RetryInfoSchema,
} from '../../gen/google/rpc/error_details_pb.ts';
import { StatusSchema } from '../../gen/google/rpc/status_pb.ts';
import { CatalogClientError, type CodeName, type Violation } from './errors.ts';

const DOMAIN = 'catalogd';

/** Codes by which a transport reports that it lost sight of a call, rather than that it was refused. */
const LOST: ReadonlySet<CodeName> = new Set([
  'CANCELLED',
  'UNKNOWN',
  'DEADLINE_EXCEEDED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
]);

/**
 * What grpc-js says of a call that never left this process. The texts are not part of its contract;
 * should they change, the outcome of such a write counts as unknown, which is safe.
 */
const NEVER_SENT = [
  /^No connection established/,
  /^No addresses resolved/,
  /^Name resolution failed/,
  /Waiting for LB pick$/,
];

/**
 * What grpc-js says, under the code of a refusal, of an answer that it gave up on: a stream reset as
 * ENHANCE_YOUR_CALM, and a message above its own limit.
 */
const LOST_ALL_THE_SAME = [/^Bandwidth exhausted/, /^Received message larger than max/];

/**
 * Turns an error of grpc-js into ours, with the details which the service put into
 * `grpc-status-details-bin`.
 *
 * @param address where the call went; named where the error is not the service's own.
 * @param write the request id of the call if it was a write: an answer that got lost on its way then
 *   becomes the reason `OUTCOME_UNKNOWN`.
 */
export function decodeError(
  error: ServiceError,
  address: string,
  write?: { requestId: string },
): CatalogClientError {
  const code = codeName(error.code);
  const details = statusDetails(error);
  const info = unpack(details, ErrorInfoSchema).find((each) => each.domain === DOMAIN);
  const retry = unpack(details, RetryInfoSchema)[0]?.retryDelay;
  const base = {
    code,
    message: info === undefined ? `${address}: ${transportMessage(error)}` : error.details,
    violations: violations(details),
    retryAfterMs:
      retry === undefined ? undefined : Number(retry.seconds) * 1000 + retry.nanos / 1_000_000,
    cause: error,
  };
  const lost = info === undefined && wasLost(code, error) && !isOneOf(NEVER_SENT, error);
  if (write !== undefined && (lost || info?.reason === 'OUTCOME_UNKNOWN')) {
    return new CatalogClientError({
      ...base,
      message: lost
        ? `the answer got lost, so the write may have happened or may happen yet: ${base.message}`
        : base.message,
      reason: 'OUTCOME_UNKNOWN',
      metadata: { request_id: write.requestId, ...info?.metadata },
    });
  }
  return new CatalogClientError({
    ...base,
    reason: info?.reason ?? '',
    metadata: { ...info?.metadata },
  });
}

/** Without the frame which grpc-js puts round the system's error. */
function transportMessage({ details, message }: ServiceError): string {
  const text = details === '' ? message : details;
  return text
    .replace(/(?<=^No connection established)\. Last error: (?:Error: )?/, ': ')
    .replace(/\. Resolution note: $/, '');
}

function codeName(code: number): CodeName {
  return code in status && code !== status.OK ? (status[code] as CodeName) : 'UNKNOWN';
}

function wasLost(code: CodeName, error: ServiceError): boolean {
  return LOST.has(code) || isOneOf(LOST_ALL_THE_SAME, error);
}

function isOneOf(texts: readonly RegExp[], { details }: ServiceError): boolean {
  return texts.some((pattern) => pattern.test(details));
}

/** The details, or none where the trailer is missing or damaged: the code and message still count. */
function statusDetails(error: ServiceError): Any[] {
  const [bytes] = error.metadata?.get('grpc-status-details-bin') ?? [];
  if (!(bytes instanceof Uint8Array)) {
    return [];
  }
  try {
    return fromBinary(StatusSchema, bytes).details;
  } catch {
    return [];
  }
}

function unpack<D extends DescMessage>(details: readonly Any[], schema: D): MessageShape<D>[] {
  return details.flatMap((any) => {
    if (!anyIs(any, schema)) {
      return [];
    }
    try {
      return anyUnpack(any, schema) ?? [];
    } catch {
      return [];
    }
  });
}

function violations(details: readonly Any[]): Violation[] {
  return [
    ...unpack(details, BadRequestSchema).flatMap((each) =>
      each.fieldViolations.map((violation) => ({
        kind: 'field' as const,
        subject: violation.field,
        description: violation.description,
      })),
    ),
    ...unpack(details, PreconditionFailureSchema).flatMap((each) =>
      each.violations.map((violation) => ({
        kind: 'precondition' as const,
        subject: violation.subject,
        description: violation.description,
      })),
    ),
    ...unpack(details, QuotaFailureSchema).flatMap((each) =>
      each.violations.map((violation) => ({
        kind: 'quota' as const,
        subject: violation.subject,
        description: violation.description,
      })),
    ),
  ];
}
