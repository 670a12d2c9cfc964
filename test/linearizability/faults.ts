import type { Random } from './random.ts';

/** What the proxy does to one request. */
export interface Fault {
  readonly kind: string;
  /** Waits before the request is passed on. */
  readonly delayMs?: number;
  /** Waits before the answer is passed back: it tells of a moment long gone. */
  readonly holdMs?: number;
  /** Whether the request reaches the server before the caller is answered, or later, or never. */
  readonly reaches?: 'before' | 'late' | 'never';
  /** The answer in place of the server's. */
  readonly answer?: 'reset' | 'cut' | 409 | 500 | 503;
}

type Kind = (random: Random) => Omit<Fault, 'kind'>;

const SLOW: Readonly<Record<string, Kind>> = {
  delayed: (random) => ({ delayMs: random.between(1, 60) }),
  'answer-held': (random) => ({ holdMs: random.between(1, 60) }),
};

const READS: Readonly<Record<string, Kind>> = {
  ...SLOW,
  500: () => ({ reaches: 'never', answer: 500 }),
  503: () => ({ reaches: 'never', answer: 503 }),
  reset: () => ({ reaches: 'never', answer: 'reset' }),
  'answer-cut': () => ({ answer: 'cut' }),
};

const WRITES: Readonly<Record<string, Kind>> = {
  ...SLOW,
  '409-before': () => ({ reaches: 'never', answer: 409 }),
  '500-before': () => ({ reaches: 'never', answer: 500 }),
  '503-before': () => ({ reaches: 'never', answer: 503 }),
  'reset-before': () => ({ reaches: 'never', answer: 'reset' }),
  '500-after': () => ({ answer: 500 }),
  '503-after': () => ({ answer: 503 }),
  'reset-after': () => ({ answer: 'reset' }),
  'answer-cut': () => ({ answer: 'cut' }),
  // Lands while the replica still tries to find out what has become of it ...
  'late-soon': (random) => ({
    reaches: 'late',
    delayMs: random.between(1, 25),
    answer: random.pick(['reset', 500]),
  }),
  // ... or long after the caller was answered.
  'late-long': (random) => ({
    reaches: 'late',
    delayMs: random.between(100, 1_500),
    answer: random.pick(['reset', 503]),
  }),
};

/** How often requests are disturbed, and how. */
export interface FaultPlan {
  readonly reads: number;
  readonly writes: number;
  /** Kinds of writes that are left out. */
  readonly without: readonly string[];
}

/** For replicas that share a bucket. */
export const SHARED_FAULTS: FaultPlan = { reads: 0.15, writes: 0.3, without: [] };
/** For a replica alone on a store without conditions: nothing fences a put that lands late. */
export const EXCLUSIVE_FAULTS: FaultPlan = {
  reads: 0.15,
  writes: 0.3,
  without: ['late-soon', 'late-long'],
};

export type RequestKind = 'get' | 'put' | 'list';

/** Draws what goes wrong with a request, if anything does. */
export function drawFault(request: RequestKind, plan: FaultPlan, random: Random): Fault | undefined {
  if (!random.chance(request === 'put' ? plan.writes : plan.reads)) return undefined;
  const name = random.pick(namesOf(request, plan));
  const kind = (request === 'put' ? WRITES : READS)[name] as Kind;
  return { kind: `${request} ${name}`, ...kind(random) };
}

/** All kinds that a plan can draw, as they are counted. */
export function faultKinds(plan: FaultPlan): string[] {
  const requests: RequestKind[] = ['get', 'put', 'list'];
  return requests.flatMap((request) =>
    namesOf(request, plan).map((name) => `${request} ${name}`),
  );
}

function namesOf(request: RequestKind, plan: FaultPlan): string[] {
  const names = Object.keys(request === 'put' ? WRITES : READS);
  return request === 'put' ? names.filter((name) => !plan.without.includes(name)) : names;
}
