/**
 * The credentials are not good. Why not is for the log alone: whoever tries credentials is not to
 * learn how near they came. The message never holds the credentials.
 */
export class BadCredentials extends Error {
  override name = 'BadCredentials';
  readonly kind: CredentialKind;

  constructor(kind: CredentialKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}

/** Which credentials: `none` where there are none, `other` where they are no bearer token that is configured. */
export type CredentialKind = 'none' | 'token' | 'jwt' | 'other';

/** Whether the credentials are good cannot be found out now, through no fault of the caller. */
export class AuthenticationUnavailable extends Error {
  override name = 'AuthenticationUnavailable';
}
