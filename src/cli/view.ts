import { UsageError } from './usage-error.ts';

/** How much of a manifest to ask for. */
export type View = 'basic' | 'full';

/** @throws {UsageError} if it is neither. */
export function readView(text: unknown, fallback: View): View {
  if (text === undefined) {
    return fallback;
  }
  if (text !== 'basic' && text !== 'full') {
    throw new UsageError(`--view: ${JSON.stringify(text)} is not a view; accepted: basic, full`);
  }
  return text;
}
