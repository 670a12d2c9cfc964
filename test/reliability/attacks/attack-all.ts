import { Random } from '../../linearizability/random.ts';
import { Counts } from '../support/figures.ts';
import type { Attack } from './attack.ts';
import { HTTP2_ATTACKS } from './http2.ts';
import { RAW_ATTACKS } from './raw.ts';
import { RPC_ATTACKS } from './rpc.ts';

export const ATTACKS: Readonly<Record<string, Attack>> = {
  ...RAW_ATTACKS,
  ...HTTP2_ATTACKS,
  ...RPC_ATTACKS,
};

/** How many attacks go on at a time. */
const AT_ONCE = 12;

export interface AttackPlan {
  /** Where: `HOST:PORT`. */
  readonly address: string;
  readonly seed: number;
  /** The kind of the i-th attack; `undefined` ends it. */
  readonly kind: (i: number, random: Random) => string | undefined;
}

/** Attacks until the plan ends, and tells how often of which kind. The i-th is the same in each run of a seed. */
export async function attackAll({ address, seed, kind }: AttackPlan): Promise<Counts> {
  const [host = '', port = ''] = address.split(':');
  const made = new Counts();
  let next = 0;
  async function worker(): Promise<void> {
    for (;;) {
      const i = next++;
      const random = new Random(seed * 1_000_003 + i);
      const name = kind(i, random);
      const attack = ATTACKS[name ?? ''];
      if (name === undefined || attack === undefined) return;
      await attack({ host, port: Number(port), random });
      made.add(name);
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return made;
}
