/**
 * The credentials are not good. Why not is for the log alone: whoever tries credentials is not to
 * learn how near they came. The message never holds the credentials.
 */
export class BadCredentials extends Error {
  override name = 'BadCredentials';
}

/** Whether the credentials are good cannot be found out now, through no fault of the caller. */
export class AuthenticationUnavailable extends Error {
  override name = 'AuthenticationUnavailable';
}
