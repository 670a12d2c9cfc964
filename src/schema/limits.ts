/** The deepest nesting that has a fingerprint; a bound for the recursion over schemas of strangers. */
export const MAX_SCHEMA_DEPTH = 100;

/** Fields of a schema that a manifest can carry, groups included. */
export const MAX_SCHEMA_FIELDS = 10_000;
/** Levels of it: each is a nested message, of which common Protobuf parsers take 100. */
export const MAX_SCHEMA_LEVELS = 32;
/** Bytes of a field's name. */
export const MAX_FIELD_NAME_BYTES = 1_024;
/** Bytes of a schema in its canonical form. */
export const MAX_SCHEMA_BYTES = 1024 * 1024;
