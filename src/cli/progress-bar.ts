import type { Writable } from 'node:stream';
import { formatBytes } from './output/manifest.ts';

/** A bar on a terminal that is drawn over itself. */
export interface ProgressBar {
  /** Draws it anew, unless it has been drawn a moment ago. */
  show(progress: { readonly files: number; readonly bytesRead: number }): void;
  /** Takes it off the terminal. */
  clear(): void;
}

const WIDTH = 30;

/** In milliseconds: often enough for the eye, seldom enough for a slow line. */
const REDRAW_MS = 100;

/** Carriage return, and erase to the end of the line (ECMA-48). */
const ERASE = '\r\x1b[K';

/**
 * Makes a bar, which shows nothing where the stream is no terminal.
 *
 * @param total how many files there are, 1 or more.
 * @param now the time in milliseconds.
 */
export function progressBar(stream: Writable, total: number, now: () => number): ProgressBar {
  if (!('isTTY' in stream) || stream.isTTY !== true) return { show: () => {}, clear: () => {} };
  let drawnAt = Number.NEGATIVE_INFINITY;
  return {
    show({ files, bytesRead }) {
      if (now() - drawnAt < REDRAW_MS) return;
      drawnAt = now();
      const filled = Math.floor((files / total) * WIDTH);
      const bar = '#'.repeat(filled).padEnd(WIDTH, '.');
      const read = formatBytes(BigInt(bytesRead));
      stream.write(`${ERASE}reading footers [${bar}] ${files} of ${total}, ${read}`);
    },
    clear() {
      if (drawnAt !== Number.NEGATIVE_INFINITY) stream.write(ERASE);
    },
  };
}
