import type { AccessLog } from '../../rpc/call-log.ts';
import type { Log } from '../log.ts';

/**
 * Where calls are logged that nobody has to look at.
 *
 * @param share of them that are, from 0 to 1.
 * @param random a number in [0, 1).
 * @returns `undefined` for none, so that none costs anything.
 */
export function accessLog(log: Log, share: number, random: () => number): AccessLog | undefined {
  if (share <= 0) return undefined;
  return {
    sampled: () => random() < share,
    write: (fields, message) => log.info({ ...fields }, message),
  };
}
