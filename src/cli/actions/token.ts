import { randomBytes } from 'node:crypto';
import { newToken, TOKEN_BYTES, tokenNameProblem } from '../../auth/static-tokens.ts';
import { type Io, writeOut } from '../io.ts';
import { UsageError } from '../usage-error.ts';

/**
 * Carries out `catalogd token`.
 *
 * @throws {UsageError} if the name is none.
 */
export async function token(name: string, io: Io): Promise<void> {
  const problem = tokenNameProblem(name);
  if (problem !== undefined) throw new UsageError(problem);
  const made = newToken(name, randomBytes(TOKEN_BYTES));
  await writeOut(io.stdout, `${made.token}\n`);
  await writeOut(io.stderr, `${made.line}\n`);
}
