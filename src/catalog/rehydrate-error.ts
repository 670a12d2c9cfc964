import { quote } from './errors.ts';

/** A manifest file that cannot be loaded. */
export interface BadManifest {
  readonly key: string;
  readonly problem: string;
}

/** The catalog cannot be loaded; nothing of it was. The message is for the operator. */
export class RehydrateError extends Error {
  override name = 'RehydrateError';
  /** The manifests at fault; empty if the store is. */
  readonly bad: readonly BadManifest[];

  constructor(message: string, bad: readonly BadManifest[], options?: { cause?: unknown }) {
    super(message, options);
    this.bad = bad;
  }
}

/** The error that names every manifest which cannot be read. */
export function badManifestsError(bad: readonly BadManifest[]): RehydrateError {
  const lines = [...bad]
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .map(({ key, problem }) => `  ${quote(key)}: ${problem}`);
  const message = [
    `the catalog was not loaded, for ${bad.length} of its manifests cannot be read:`,
    ...lines,
    'Restore them from a backup, or remove them to have these datasets forgotten. To serve the others meanwhile: --quarantine.',
  ].join('\n');
  return new RehydrateError(message, bad);
}
