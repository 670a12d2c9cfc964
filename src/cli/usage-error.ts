/**
 * The command cannot be carried out as it was given. Each problem is one line that says what is wrong,
 * with which value, and what is accepted.
 */
export class UsageError extends Error {
  override name = 'UsageError';
  readonly problems: readonly string[];

  constructor(...problems: string[]) {
    super(problems.join('\n'));
    this.problems = problems;
  }
}
