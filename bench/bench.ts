/** One benchmark: a ratio against a baseline that it starts itself, in the same run. */
export interface Bench {
  /** By which `npm run bench -- NAME` finds it. */
  readonly name: string;
  /** What is measured, in a sentence. */
  readonly measures: string;
  /** What it is compared with, in a sentence. */
  readonly baseline: string;
  /**
   * Measures. What it has started may be left running: the runner ends every process below its own.
   *
   * @throws {Error} if an answer, of the service or of a baseline, is not the right one.
   */
  run(context: BenchContext): Promise<readonly Row[]>;
}

/** What a benchmark gets from the runner. */
export interface BenchContext {
  /**
   * Whether only to prove that the benchmark runs and that its answers are right: as little load as
   * that takes, a few seconds in all. The figures mean nothing then.
   */
  readonly quick: boolean;
  /** How often each figure is measured; its median counts. 1 if quick. */
  readonly rounds: number;
  /** A folder of this benchmark's own, on a disk, removed at the end. */
  readonly scratch: string;
  /** Tells whoever waits what is under way. */
  progress(text: string): void;
}

/** One figure beside its baseline. */
export interface Row {
  /** What was varied, such as `1x64`. */
  readonly case: string;
  /** What the figure is and its unit, such as `CPU, us per call`. */
  readonly unit: string;
  readonly value: number;
  /** The baseline's name, such as `bare node http2`; empty where the figure stands alone. */
  readonly against: string;
  /** The baseline's figure, in the same unit. */
  readonly baseline: number | undefined;
  /** `value` divided by `baseline`. */
  readonly ratio: number | undefined;
  /** The goal, such as `<= 1.25`; empty where there is none. */
  readonly reach: string;
  /** Whether the goal is reached; undefined where there is none. */
  readonly reached: boolean | undefined;
}

/** The parts of a row which the others follow from. */
export interface Figures {
  readonly case: string;
  readonly unit: string;
  readonly value: number;
  readonly against?: string;
  readonly baseline?: number;
  /** A goal for the ratio, or for the value where there is no baseline. */
  readonly atMost?: number;
  /** As {@link atMost}, from below. */
  readonly atLeast?: number;
}

/** Makes a row. */
export function row({ atMost, atLeast, ...figures }: Figures): Row {
  const { case: name, unit, value, against = '', baseline } = figures;
  const ratio = baseline === undefined ? undefined : value / baseline;
  const judged = ratio ?? value;
  const goals = [
    ...(atMost === undefined ? [] : [{ text: `<= ${atMost}`, reached: judged <= atMost }]),
    ...(atLeast === undefined ? [] : [{ text: `>= ${atLeast}`, reached: judged >= atLeast }]),
  ];
  return {
    case: name,
    unit,
    value,
    against,
    baseline,
    ratio,
    reach: goals.map(({ text }) => text).join(', '),
    reached: goals.length === 0 ? undefined : goals.every(({ reached }) => reached),
  };
}
