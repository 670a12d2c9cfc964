import type { S3Failure } from '../s3/failure.ts';
import {
  OutcomeUnknownError,
  PreconditionFailedError,
  type StoreError,
  StoreUnavailableError,
} from './errors.ts';
import type { PutMode } from './store.ts';

/** The error of a put. Whatever does not prove that nothing was written leaves the outcome open. */
export function putError(what: string, mode: PutMode, failure: S3Failure): StoreError {
  const { status, code } = failure;
  // 409 ConditionalRequestConflict: another conditional write was under way; S3 did not do this one.
  const lost =
    status === 412 ||
    status === 409 ||
    (status === 404 && mode.kind === 'replace' && code !== 'NoSuchBucket');
  if (lost && mode.kind !== 'overwrite') {
    return new PreconditionFailedError(`${what}: ${failure.text}`);
  }
  return changeError(what, failure);
}

/** The error of any request that changes something. */
export function changeError(what: string, failure: S3Failure): StoreError {
  return provesNothingDone(failure)
    ? new StoreUnavailableError(`${what}: ${failure.text}`)
    : new OutcomeUnknownError(`${what}: ${failure.text}`);
}

function provesNothingDone({ status, stage }: S3Failure): boolean {
  if (stage !== 'sent') return true;
  if (status === undefined) return false;
  // A proxy may say 408 of a request that it passed on. 501 is a refusal for good, unlike other 5xx.
  return status === 501 || (status >= 300 && status < 500 && status !== 408);
}
