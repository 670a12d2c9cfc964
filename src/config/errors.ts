/**
 * The configuration cannot be used as it is. Each problem is one line that says where the setting came
 * from, its value unless that is secret, and what is accepted.
 */
export class ConfigError extends Error {
  override name = 'ConfigError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[], options?: ErrorOptions) {
    super(problems.join('\n'), options);
    this.problems = problems;
  }
}
