import {
  create,
  type DescMessage,
  type MessageInitShape,
  type MessageShape,
} from '@bufbuild/protobuf';
import { durationFromMs } from '@bufbuild/protobuf/wkt';
import { Code } from '@connectrpc/connect';
import {
  BadRequestSchema,
  ErrorInfoSchema,
  PreconditionFailureSchema,
  QuotaFailureSchema,
  ResourceInfoSchema,
  RetryInfoSchema,
} from '../../gen/google/rpc/error_details_pb.ts';
import * as errors from '../catalog/errors.ts';
import * as access from './access-errors.ts';

/** An error as a caller sees it: google.rpc.Status, in the same words on every protocol. */
export interface Status {
  readonly code: Code;
  /** The ErrorInfo's reason. */
  readonly reason: string;
  readonly message: string;
  /** Messages of google/rpc/error_details.proto; an ErrorInfo always comes first. */
  readonly details: readonly StatusDetail[];
}

/** A detail, with the descriptor that tells how it is encoded. */
export interface StatusDetail {
  readonly desc: DescMessage;
  readonly value: MessageShape<DescMessage>;
}

/** The domain of our reasons (AIP-193). */
const DOMAIN = 'catalogd';

/**
 * What a caller is told of an error. The catalog's own errors each have one code; anything else is
 * a bug, of which no more is told than that (its cause goes to the log).
 */
export function statusOf(error: unknown): Status {
  if (!(error instanceof errors.CatalogError)) {
    const reason = 'INTERNAL';
    const info = detail(ErrorInfoSchema, { reason, domain: DOMAIN });
    const message = 'internal error; it has been logged';
    return { code: Code.Internal, reason, message, details: [info] };
  }
  const { reason, message, metadata } = error;
  const info = detail(ErrorInfoSchema, { reason, domain: DOMAIN, metadata });
  return { code: codeOf(error), reason, message, details: [info, ...detailsOf(error)] };
}

function detail<D extends DescMessage>(desc: D, init: MessageInitShape<D>): StatusDetail {
  return { desc, value: create(desc, init) };
}

function codeOf(error: errors.CatalogError): Code {
  if (error instanceof errors.ErrInvalidArgument) return Code.InvalidArgument;
  if (error instanceof errors.ErrOutcomeUnknown) {
    if (error.left === 'deadline') return Code.DeadlineExceeded;
    return error.left === 'canceled' ? Code.Canceled : Code.Unavailable;
  }
  const found = CODES.find(([kind]) => error instanceof kind);
  return found?.[1] ?? Code.Internal;
}

// biome-ignore lint/suspicious/noExplicitAny: each class has its own constructor
const CODES: readonly (readonly [new (...args: any[]) => errors.CatalogError, Code])[] = [
  [errors.ErrRequestIdReused, Code.InvalidArgument],
  [errors.ErrFingerprintConflict, Code.FailedPrecondition],
  [errors.ErrSchemaIncompatible, Code.FailedPrecondition],
  [errors.ErrNotDeleted, Code.FailedPrecondition],
  [errors.ErrManifestExists, Code.AlreadyExists],
  [errors.ErrObjectNotFound, Code.NotFound],
  [errors.ErrUpgradeRequired, Code.FailedPrecondition],
  [errors.ErrNameCollides, Code.FailedPrecondition],
  [errors.ErrManifestNotFound, Code.NotFound],
  [errors.ErrEtagMismatch, Code.Aborted],
  [errors.ErrVersionGone, Code.Aborted],
  [errors.ErrContended, Code.Aborted],
  [errors.ErrStoreUnavailable, Code.Unavailable],
  [errors.ErrNotReady, Code.Unavailable],
  [errors.ErrDeadlineExceeded, Code.DeadlineExceeded],
  [errors.ErrCanceled, Code.Canceled],
  [errors.ErrManifestTooLarge, Code.ResourceExhausted],
  [errors.ErrTooBusy, Code.ResourceExhausted],
  [errors.ErrTooManyWatchers, Code.ResourceExhausted],
  [errors.ErrWatchTooSlow, Code.ResourceExhausted],
  [errors.ErrCorruptManifest, Code.DataLoss],
  [access.ErrUnauthenticated, Code.Unauthenticated],
  [access.ErrPermissionDenied, Code.PermissionDenied],
  [access.ErrAuthenticationUnavailable, Code.Unavailable],
  [access.ErrAccessChanged, Code.Unavailable],
];

function detailsOf(error: errors.CatalogError): StatusDetail[] {
  const details: StatusDetail[] = [];
  const { violations, retryAfterMs, metadata, reason, message } = error;
  if (violations.length > 0) {
    details.push(detail(BadRequestSchema, { fieldViolations: [...violations] }));
  }
  if (error instanceof errors.ErrFingerprintConflict || error instanceof errors.ErrNotDeleted) {
    const violation = { type: reason, subject: metadata.name ?? '', description: message };
    details.push(detail(PreconditionFailureSchema, { violations: [violation] }));
  }
  if (error instanceof errors.ErrSchemaIncompatible) {
    const violations = error.changes.map(({ path: subject, description }) => ({
      type: reason,
      subject,
      description,
    }));
    details.push(detail(PreconditionFailureSchema, { violations }));
  }
  const resource = resourceOf(error);
  if (resource !== undefined) {
    const [resourceType, resourceName = ''] = resource;
    details.push(detail(ResourceInfoSchema, { resourceType, resourceName, description: message }));
  }
  if (error instanceof errors.ErrTooBusy) {
    const violation = { subject: metadata.what ?? 'calls', description: message };
    details.push(detail(QuotaFailureSchema, { violations: [violation] }));
  }
  if (error instanceof errors.ErrTooManyWatchers) {
    const violation = { subject: 'watchers', description: message };
    details.push(detail(QuotaFailureSchema, { violations: [violation] }));
  }
  if (retryAfterMs !== undefined) {
    details.push(detail(RetryInfoSchema, { retryDelay: durationFromMs(retryAfterMs) }));
  }
  return details;
}

/** What there was too much of, where a limit has refused a call. */
export function limitMet(error: unknown): errors.BusyWith | 'watchers' | undefined {
  if (error instanceof errors.ErrTooBusy) return error.what;
  return error instanceof errors.ErrTooManyWatchers ? 'watchers' : undefined;
}

/** The type and name of the resource that is missing, or in the way. */
function resourceOf(error: errors.CatalogError) {
  const { name, key } = error.metadata;
  if (error instanceof errors.ErrObjectNotFound) return ['catalogd.v1.DataObject', key] as const;
  const ofManifest =
    error instanceof errors.ErrManifestNotFound || error instanceof errors.ErrManifestExists;
  return ofManifest ? (['catalogd.v1.Manifest', name] as const) : undefined;
}
