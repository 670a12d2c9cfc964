/** A path below the manifests that ends in a verb (AIP-136). */
export interface VerbPath {
  /** The name, still encoded. */
  readonly rest: string;
  readonly verb: string;
}

/**
 * Splits `{name}:{verb}` at the last colon that stands there as it is. A name may hold colons, plain
 * or as `%3A`, and may even end in what looks like a verb: only POST has verbs, each path of a POST
 * needs one, and the last is it.
 *
 * @returns `undefined` where there is no such colon.
 */
export function splitVerb(rest: string): VerbPath | undefined {
  const at = rest.lastIndexOf(':');
  return at < 0 ? undefined : { rest: rest.slice(0, at), verb: rest.slice(at + 1) };
}
