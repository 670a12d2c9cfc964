/**
 * The one of the candidates that was probably meant: by its whole path or its last part, whatever the
 * spelling of its words (`refreshInterval`, `refresh-interval`); none if all are too far.
 */
export function nearest(text: string, candidates: readonly string[]): string | undefined {
  const given = words(text);
  let best: { readonly candidate: string; readonly distance: number } | undefined;
  for (const candidate of candidates) {
    const last = candidate.slice(candidate.lastIndexOf('.') + 1);
    const distance = Math.min(editDistance(given, candidate), editDistance(given, last));
    if (best === undefined || distance < best.distance) best = { candidate, distance };
  }
  return best !== undefined && best.distance <= given.length / 3 ? best.candidate : undefined;
}

function words(text: string): string {
  return text
    .slice(0, 100)
    .replaceAll(/(?<=[a-z])[A-Z]/g, '_$&')
    .replaceAll('-', '_')
    .toLowerCase();
}

/** Levenshtein's: how many characters to insert, remove or replace. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
