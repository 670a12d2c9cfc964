import type { Io } from './io.ts';
import { escapeText, jsonLine } from './output/escape.ts';

/**
 * Tells on standard error what the result does not show; as a line of JSON where JSON is asked for.
 *
 * @param flags those of the command.
 */
export function writeNote(io: Io, flags: { readonly json?: boolean }, text: string): void {
  io.stderr.write(
    flags.json === true ? jsonLine({ note: text }) : `catalogd: ${escapeText(text)}\n`,
  );
}
