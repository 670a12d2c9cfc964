const HIDDEN = '[redacted]';

/** What gives a secret away, and what is left of the place where it stood. Each is applied in turn. */
const SECRETS: readonly (readonly [RegExp, string])[] = [
  // Private keys in PEM (RFC 7468), also where a line of JSON has escaped their line ends.
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, HIDDEN],
  // Credentials of an HTTP authentication scheme (RFC 9110 section 11.4).
  [/\b(bearer|basic)\s+[\w+/.~=-]{6,}/gi, `$1 ${HIDDEN}`],
  // JSON Web Tokens (RFC 7519): the header of each begins with {" in base64url.
  [/\beyJ[\w-]{6,}\.[\w-]+\.[\w-]*/g, HIDDEN],
  // Signature Version 4 in headers and in presigned URLs, and the older signatures.
  [
    /\b((?:x-amz-)?(?:signature|credential|security-token)|awsaccesskeyid|sig)=[^&\s"'\\,]+/gi,
    `$1=${HIDDEN}`,
  ],
  // Access key ids of AWS (IAM user guide, "Unique identifiers").
  [/\b(?:AKIA|ASIA)[A-Z0-9]{12,}\b/g, HIDDEN],
  // User and password in a URL (RFC 3986 section 3.2.1).
  [/(:\/\/)[^/\s:@"'\\]*:[^/\s@"'\\]+@/g, `$1${HIDDEN}@`],
  // Fields and variables that are named for what they hold, with a value after = or :.
  [
    /((?:aws_?)?secret_?(?:access_?)?key|session_?token|client_?secret|(?:access|refresh|id)_?token|passw(?:or)?d|api_?key|authorization|x-amz-security-token|set-cookie|cookie)((?:\\?["'])?\s*[:=]\s*(?:\\?["'])?)[^\s"'\\,;&}]+/gi,
    `$1$2${HIDDEN}`,
  ],
];

/** Shorter ones stand in too many innocent places. */
const MIN_SECRET_LENGTH = 8;

/**
 * Makes what takes secrets out of a line before it is written. A net below the care that is taken
 * where lines are made: what a library puts into the message of an error is not ours to choose.
 *
 * @param known secrets whose exact values are to be found wherever they stand; short ones are not.
 */
export function redactor(known: readonly string[] = []): (line: string) => string {
  const values = known
    .filter((value) => value.length >= MIN_SECRET_LENGTH)
    .flatMap((value) => [value, JSON.stringify(value).slice(1, -1), encodeURIComponent(value)]);
  return (line) => {
    let text = line;
    for (const value of values) text = text.replaceAll(value, HIDDEN);
    for (const [pattern, rest] of SECRETS) text = text.replace(pattern, rest);
    return text;
  };
}
