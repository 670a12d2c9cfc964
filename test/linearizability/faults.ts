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
type Kinds = Readonly<Record<string, Kind>>;

const delayed: Kind = (random) => ({ delayMs: random.between(1, 60) });
/** An answer on its way: much may happen until it comes. */
const held: Kind = (random) => ({ holdMs: random.between(5, 150) });

const READS: Kinds = {
  delayed,
  'answer-held': held,
  500: () => ({ reaches: 'never', answer: 500 }),
  503: () => ({ reaches: 'never', answer: 503 }),
  reset: () => ({ reaches: 'never', answer: 'reset' }),
  'answer-cut': () => ({ answer: 'cut' }),
};

const LISTS: Kinds = {
  ...READS,
  // Long enough for much to be written, and seen, before the listing arrives.
  'answer-held': (random) => ({ holdMs: random.between(50, 400) }),
};

const WRITES: Kinds = {
  delayed,
  'answer-held': held,
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

/** How often each kind is drawn, where it is not as often as any other. */
const WEIGHTS: Readonly<Record<string, number>> = { 'answer-held': 6, 'late-soon': 3 };

export type RequestKind = 'get' | 'put' | 'list';

/** How often requests are disturbed, and how. */
export interface FaultPlan {
  /** The share of requests that is disturbed. */
  readonly rates: Readonly<Record<RequestKind, number>>;
  /** Kinds of faults of puts that are left out. */
  readonly without: readonly string[];
}

const RATES = { get: 0.2, put: 0.35, list: 0.6 };

/** For replicas that share a bucket. */
export const SHARED_FAULTS: FaultPlan = { rates: RATES, without: [] };
/** For a replica alone on a store without conditions: nothing fences a put that lands late. */
export const EXCLUSIVE_FAULTS: FaultPlan = { rates: RATES, without: ['late-soon', 'late-long'] };

/** Draws what goes wrong with a request, if anything does. */
export function drawFault(
  request: RequestKind,
  plan: FaultPlan,
  random: Random,
): Fault | undefined {
  if (!random.chance(plan.rates[request])) return undefined;
  const kinds = kindsOf(request, plan);
  const weights = Object.keys(kinds).map((name) => [name, WEIGHTS[name] ?? 1] as const);
  const name = random.weighted(Object.fromEntries(weights));
  const draw = kinds[name] as Kind;
  return { kind: `${request} ${name}`, ...draw(random) };
}

/** All kinds that a plan can draw for these requests, as they are counted. */
export function faultKinds(plan: FaultPlan, requests: readonly RequestKind[]): string[] {
  return requests.flatMap((request) =>
    Object.keys(kindsOf(request, plan)).map((name) => `${request} ${name}`),
  );
}

function kindsOf(request: RequestKind, { without }: FaultPlan): Kinds {
  if (request !== 'put') return request === 'get' ? READS : LISTS;
  return Object.fromEntries(Object.entries(WRITES).filter(([name]) => !without.includes(name)));
}
