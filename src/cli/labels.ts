import { UsageError } from './usage-error.ts';

/**
 * Reads labels, each as `KEY=VALUE`.
 *
 * @throws {UsageError} if one is not, or a key is given twice.
 */
export function readLabels(texts: readonly string[]): Record<string, string> {
  const labels = new Map<string, string>();
  for (const text of texts) {
    const [key = '', ...value] = text.split('=');
    if (key === '' || value.length === 0) {
      throw new UsageError(
        `--label: ${JSON.stringify(text)} is not KEY=VALUE, for example team=sales`,
      );
    }
    if (labels.has(key)) {
      throw new UsageError(`--label: ${JSON.stringify(key)} is given twice`);
    }
    labels.set(key, value.join('='));
  }
  return Object.fromEntries(labels);
}
