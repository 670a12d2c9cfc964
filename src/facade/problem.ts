import type { DescMessage, MessageShape } from '@bufbuild/protobuf';
import { durationMs } from '@bufbuild/protobuf/wkt';
import {
  BadRequestSchema,
  ErrorInfoSchema,
  PreconditionFailureSchema,
  QuotaFailureSchema,
  RetryInfoSchema,
} from '../../gen/google/rpc/error_details_pb.ts';
import { StatusError } from '../rpc/chain.ts';
import { type Status, statusOf } from '../rpc/status.ts';
import type { Answer } from './answer.ts';
import { HttpError } from './http-error.ts';
import { httpStatusOf } from './http-status.ts';

/** One part of the request, or of the world, that stands against the call. */
interface Violation {
  /** Path of the field of the request, where it is one. */
  readonly field?: string;
  /** What else is at fault: the kind of precondition, and what it is about. */
  readonly type?: string;
  readonly subject?: string;
  readonly description: string;
}

/** The members of a problem document (RFC 9457) that stand beside `type`, `title` and `status`. */
interface Problem {
  readonly detail: string;
  readonly reason: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly violations: readonly Violation[];
}

/**
 * The answer to a call that failed: the same code, words and details as an RPC has, as a problem
 * document (RFC 9457). The type of a problem is where the OpenAPI document explains its reason.
 */
export function problemOf(error: unknown): Answer {
  if (error instanceof HttpError) {
    const { status, reason, headers, message: detail } = error;
    return problemAnswer(status, { detail, reason, metadata: {}, violations: [] }, headers);
  }
  const status = error instanceof StatusError ? error.status : statusOf(error);
  const info = detailOf(status, ErrorInfoSchema);
  const reason = info?.reason ?? 'INTERNAL';
  const retry = detailOf(status, RetryInfoSchema)?.retryDelay;
  return problemAnswer(
    httpStatusOf(status.code, reason),
    {
      detail: status.message,
      reason,
      metadata: info?.metadata ?? {},
      violations: violationsOf(status),
    },
    // In whole seconds (RFC 9110 section 10.2.3), and not before it is worth it.
    retry === undefined ? {} : { 'retry-after': String(Math.ceil(durationMs(retry) / 1_000)) },
  );
}

function problemAnswer(
  status: number,
  { detail, reason, metadata, violations }: Problem,
  headers: Readonly<Record<string, string>>,
): Answer {
  const type = `/openapi.yaml#/components/examples/${reason}`;
  const problem = { type, title: titleOf(reason), status, detail, reason, metadata, violations };
  return {
    status,
    headers: { 'content-type': 'application/problem+json', ...headers },
    body: `${JSON.stringify(problem)}\n`,
  };
}

/** FINGERPRINT_CONFLICT is "Fingerprint conflict". */
function titleOf(reason: string): string {
  const words = reason.toLowerCase().replaceAll('_', ' ');
  return words.slice(0, 1).toUpperCase() + words.slice(1);
}

function violationsOf(status: Status): Violation[] {
  const fields = detailOf(status, BadRequestSchema)?.fieldViolations ?? [];
  const preconditions = detailOf(status, PreconditionFailureSchema)?.violations ?? [];
  const quotas = detailOf(status, QuotaFailureSchema)?.violations ?? [];
  return [
    ...fields.map(({ field, description }) => ({ field, description })),
    ...preconditions.map(({ type, subject, description }) => ({ type, subject, description })),
    ...quotas.map(({ subject, description }) => ({ subject, description })),
  ];
}

function detailOf<D extends DescMessage>(status: Status, desc: D): MessageShape<D> | undefined {
  const found = status.details.find((detail) => detail.desc.typeName === desc.typeName);
  return found?.value as MessageShape<D> | undefined;
}
