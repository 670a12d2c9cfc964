/** The file is not a manifest as catalogd writes it: damaged, or of something else. The message says what is wrong. */
export class CorruptManifestError extends Error {
  override name = 'CorruptManifestError';
}

/** The file says that only a newer catalogd can read it (`min_reader`). */
export class NewerManifestError extends Error {
  override name = 'NewerManifestError';
}
