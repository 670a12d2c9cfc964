interface Finding {
  readonly what: string;
  readonly seen: string;
  readonly bound: string;
  readonly ok: boolean;
}

/** What a program has found out, told at its end. */
export class Verdict {
  readonly #title: string;
  readonly #began = performance.now();
  readonly #findings: Finding[] = [];

  constructor(title: string) {
    this.#title = title;
  }

  /** Tells how far it is, with the seconds since it began. */
  progress(text: string): void {
    const seconds = (performance.now() - this.#began) / 1_000;
    console.log(`${seconds.toFixed(1).padStart(7)} s  ${text}`);
  }

  /** A figure that is only reported. */
  figure(what: string, seen: string | number): void {
    this.#findings.push({ what, seen: String(seen), bound: '', ok: true });
  }

  /** A promise, and whether it was kept. */
  check(what: string, seen: string | number, bound: string, ok: boolean): void {
    this.#findings.push({ what, seen: String(seen), bound, ok });
  }

  atMost(what: string, seen: number, most: number, unit = ''): void {
    this.check(what, `${rounded(seen)}${unit}`, `at most ${rounded(most)}${unit}`, seen <= most);
  }

  atLeast(what: string, seen: number, least: number, unit = ''): void {
    this.check(what, `${rounded(seen)}${unit}`, `at least ${rounded(least)}${unit}`, seen >= least);
  }

  /** Prints all of it as a table in Markdown. @returns whether every promise was kept. */
  print(): boolean {
    const rows = this.#findings.map(({ what, seen, bound, ok }) => {
      const verdict = bound === '' ? '' : ok ? 'kept' : 'BROKEN';
      return `| ${what} | ${seen} | ${bound} | ${verdict} |`;
    });
    const seconds = Math.round((performance.now() - this.#began) / 1_000);
    console.log(
      `\n### ${this.#title}\n\n| what | seen | bound | |\n|---|---|---|---|\n${rows.join('\n')}\n\n(${seconds} s)`,
    );
    return this.#findings.every(({ ok }) => ok);
  }
}

function rounded(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(2);
}

/** Runs a program to its verdict, and ends the process with it. */
export async function conclude(
  title: string,
  run: (verdict: Verdict) => Promise<void>,
): Promise<never> {
  const verdict = new Verdict(title);
  try {
    await run(verdict);
  } catch (error) {
    console.error(error);
    verdict.check('the run itself', String(error), 'no error', false);
  }
  process.exit(verdict.print() ? 0 : 1);
}
