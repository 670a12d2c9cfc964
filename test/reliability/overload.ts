/**
 * Twice as many calls as the service can answer. It has to go on answering most of what it could answer at
 * best, refuse the rest in a way that callers understand, and be its old self soon after.
 *
 *   node test/reliability/overload.ts [--seconds 60] [--latency 5] [--seed 1]
 *
 * The service has the first processor, the store and the callers the second: needs two that are idle.
 */
import { availableParallelism } from 'node:os';
import { Load, type Second } from './support/load.ts';
import { runOptions } from './support/options.ts';
import { S3 } from './support/s3.ts';
import { Service } from './support/service.ts';
import { conclude, type Verdict } from './support/verdict.ts';

const { seconds, seed, number } = runOptions(60, ['latency', 'writes']);
const latencyMs = number('latency', 5);
const writeShare = number('writes', 0.3);

const DATASETS = 2_000;
/** The deadline of each call. */
const TIMEOUT_MS = 2_000;
/** So much of the best goodput has to be left. */
const KEPT = 0.8;
const RECOVERY_S = 5;
/** Of RESOURCE_EXHAUSTED and DEADLINE_EXCEEDED. */
const ALLOWED = /^(8|4) /;

await conclude(`Overload of ${seconds} s, ${100 * writeShare} % registers`, async (verdict) => {
  const two = availableParallelism() > 1;
  const s3 = await S3.start({
    weather: { kind: 'up', latencyMs },
    datasets: DATASETS,
    cpu: two ? 1 : undefined,
  });
  const service = await Service.start({ store: s3.store, cpu: two ? 0 : undefined });
  const { address } = service;
  const load = await Load.start(
    { address, connections: 32, datasets: DATASETS, writeShare, timeoutMs: TIMEOUT_MS, seed },
    two ? 1 : undefined,
  );
  verdict.progress(`ready on ${address}`);
  await load.run({ inFlight: 64, seconds: 10 });
  const step = Math.max(3, Math.round(seconds / 6));

  // Callers who wait for each other cannot overload: the most that is answered so is the capacity.
  let [best, bestWrites] = [0, 0];
  for (const inFlight of [32, 64, 128]) {
    const passed = await load.run({ inFlight, seconds: step });
    const goodput = mean(passed.slice(1));
    verdict.progress(`${inFlight} calls in flight: ${goodput.toFixed(0)}/s, ${told(passed)}`);
    best = Math.max(best, goodput);
    bestWrites = Math.max(bestWrites, mean(passed.slice(1), writesOf));
  }
  const calm = await load.run({ perSecond: best / 2, seconds: step });
  verdict.progress(`at half of it: ${told(calm)}`);

  const under = await load.run({ perSecond: 2 * best, seconds });
  for (const [i, each] of under.entries()) {
    if (i % 5 === 0) verdict.progress(`overloaded, second ${i + 1}: ${told([each])}`);
  }
  const after = await load.run({ perSecond: best / 2, seconds: 3 * RECOVERY_S });
  for (const [i, each] of after.entries())
    verdict.progress(`after, second ${i + 1}: ${told([each])}`);

  verdict.figure(
    'best goodput; registers of it',
    `${best.toFixed(0)}/s; ${bestWrites.toFixed(0)}/s`,
  );
  verdict.figure('offered', `${mean(under, ({ sent }) => sent).toFixed(0)}/s`);
  verdict.atLeast('offered, of the best goodput', mean(under, ({ sent }) => sent) / best, 1.8);
  verdict.atLeast('goodput under overload, of the best', mean(under) / best, KEPT);
  // Gets cost so little that refusing registers alone would look like a gain.
  verdict.atLeast(
    'registers under overload, of the best',
    mean(under, writesOf) / bestWrites,
    KEPT,
  );
  verdict.figure('worst five seconds, of the best', (worst(under, 5) / best).toFixed(2));
  verdict.figure('answers under overload', told(under));
  checkCodes(verdict, under);
  verdict.figure('p99 at half the capacity, before', `${worstP99(calm)} ms`);
  verdict.atMost('until all is answered as before', recoveredAfter(after, calm), RECOVERY_S, ' s');
  verdict.check('the process', service.isRunning ? 'runs' : 'ended', 'runs', service.isRunning);
  verdict.figure('errors in the log', service.alarms.length);
  load.stop();
  await service.stop();
  s3.stop();
});

function checkCodes(verdict: Verdict, under: readonly Second[]): void {
  const others = Object.entries(codesOf(under)).filter(([key]) => !ALLOWED.test(key));
  verdict.check(
    'errors but RESOURCE_EXHAUSTED and DEADLINE_EXCEEDED',
    others.map(([key, count]) => `${key}: ${count}`).join(', ') || 'none',
    'none',
    others.length === 0,
  );
}

/** The seconds until a whole one in which every call succeeds, and as fast as on a calm day or nearly so. */
function recoveredAfter(after: readonly Second[], calm: readonly Second[]): number {
  const fast = Math.max(100, 3 * worstP99(calm));
  const at = after.findIndex(
    ({ codes, p99Ms }) => Object.keys(codes).length === 0 && p99Ms <= fast,
  );
  return at < 0 ? Number.POSITIVE_INFINITY : at + 1;
}

function worstP99(passed: readonly Second[]): number {
  return Math.max(...passed.map(({ p99Ms }) => p99Ms));
}

function writesOf({ writesOk }: Second): number {
  return writesOk;
}

function mean(passed: readonly Second[], of = ({ ok }: Second) => ok): number {
  return passed.reduce((sum, each) => sum + of(each), 0) / passed.length;
}

/** The lowest mean over so many seconds in a row. */
function worst(passed: readonly Second[], length: number): number {
  const means = passed.map((_, i) => passed.slice(i, i + length));
  return Math.min(...means.filter((each) => each.length === length).map((each) => mean(each)));
}

function codesOf(passed: readonly Second[]): Record<string, number> {
  const all: Record<string, number> = {};
  for (const { codes } of passed) {
    for (const [key, count] of Object.entries(codes)) all[key] = (all[key] ?? 0) + count;
  }
  return all;
}

function told(passed: readonly Second[]): string {
  const sum = (of: (second: Second) => number) => passed.reduce((all, each) => all + of(each), 0);
  const failed = Object.entries(codesOf(passed)).map(([key, count]) => `${key}: ${count}`);
  return `${sum(({ sent }) => sent)} sent, ${sum(({ ok }) => ok)} ok, p50 ${Math.max(...passed.map(({ p50Ms }) => p50Ms))} ms, p99 ${worstP99(passed)} ms${failed.length > 0 ? `; ${failed.join(', ')}; ${sum(({ withRetryInfo }) => withRetryInfo)} with RetryInfo` : ''}`;
}
