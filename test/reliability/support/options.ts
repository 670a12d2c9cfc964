import { parseArgs } from 'node:util';

/** What a program is told on the command line; each has further ones of its own. */
export interface RunOptions {
  readonly seconds: number;
  readonly seed: number;
  /** The numbers given by name. */
  number(name: string, otherwise: number): number;
}

/**
 * Reads `--seconds N` or `--minutes N`, `--seed N`, and the others that a program knows.
 *
 * @throws {RangeError} if something else is given, or no number.
 */
export function runOptions(defaultSeconds: number, others: readonly string[] = []): RunOptions {
  const names = ['seconds', 'minutes', 'seed', ...others];
  const { values } = parseArgs({
    allowPositionals: true,
    options: Object.fromEntries(names.map((name) => [name, { type: 'string' as const }])),
  });
  const number = (name: string, otherwise: number) => {
    const text = values[name];
    if (text === undefined) return otherwise;
    const value = Number(text);
    if (typeof text !== 'string' || !Number.isFinite(value) || value < 0) {
      throw new RangeError(`--${name} must be a number, not ${text}`);
    }
    return value;
  };
  const seconds = number('seconds', 60 * number('minutes', defaultSeconds / 60));
  return { seconds, seed: number('seed', 1), number };
}
