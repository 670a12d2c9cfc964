import { CatalogError, quote } from '../catalog/errors.ts';

/**
 * The caller's credentials are missing or not good. Never says which, nor what was wrong with them: the
 * log does.
 */
export class ErrUnauthenticated extends CatalogError {
  readonly reason = 'UNAUTHENTICATED';
  constructor(options: { cause?: unknown } = {}) {
    super(
      'credentials are missing or not good; send a bearer token, or a client certificate',
      options,
    );
  }
}

/** The caller lacks a right. Says nothing of whether what it is about exists. */
export class ErrPermissionDenied extends CatalogError {
  readonly reason = 'PERMISSION_DENIED';

  /**
   * @param caller who calls, as the log has it.
   * @param role the role that would do.
   * @param name the dataset, if it is about one.
   */
  constructor(caller: string, role: string, name?: string) {
    const where = name === undefined ? '' : ` for ${quote(name)}`;
    super(`${caller} does not have the role ${role}${where}, which this call needs`, {
      metadata: { caller, role, ...(name !== undefined && { name }) },
    });
  }
}

/** Who calls cannot be found out for now: the keys of the token's issuer cannot be had. */
export class ErrAuthenticationUnavailable extends CatalogError {
  readonly reason = 'AUTHENTICATION_UNAVAILABLE';
  constructor(options: { cause?: unknown } = {}) {
    super('credentials cannot be checked for now; nothing was changed, try again', {
      retryAfterMs: 5_000,
      ...options,
    });
  }
}

/** What the caller may do has changed while its stream was open. */
export class ErrAccessChanged extends CatalogError {
  readonly reason = 'ACCESS_CHANGED';
  constructor() {
    super('what this caller may read has changed; begin again with the latest resume_token', {
      retryAfterMs: 100,
    });
  }
}
