/** A file that cannot be used as it is. Each problem says where it is and what is accepted. */
export class BadFile extends Error {
  override name = 'BadFile';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.problems = problems;
  }
}
