import { escapeText } from './escape.ts';

/** What the answer to a write says of it. */
export interface Outcome {
  readonly version: bigint;
  readonly replayed: boolean;
}

/**
 * What a write did, in one line.
 *
 * @param done what was done to the dataset: `updated`.
 */
export function renderOutcome(
  name: string,
  done: string,
  { version, replayed }: Outcome,
  validateOnly: boolean,
): string {
  const outcome = validateOnly ? `valid, would be ${done}` : done;
  const replay = replayed ? ', by an earlier call with this request id' : '';
  return `${escapeText(name)}: ${outcome} at version ${version}${replay}\n`;
}
