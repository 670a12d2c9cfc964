/**
 * The store goes down, falls silent, refuses, becomes slow and flaps, each for a while and under load. Reads
 * of the index go on and tell its age, writes fail within their deadline and say how, and afterwards the
 * same process is its old self, with nothing lost of what was acknowledged.
 *
 *   node test/reliability/outage.ts [--seconds 30] [--seed 1]      so long each of the five
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { msAt } from './support/figures.ts';
import { GrpcCalls, OK, type Outcome } from './support/grpc.ts';
import { runOptions } from './support/options.ts';
import { Readers, type Reads } from './support/readers.ts';
import { S3, type Weather } from './support/s3.ts';
import { Service } from './support/service.ts';
import { conclude, type Verdict } from './support/verdict.ts';
import { Writers } from './support/writers.ts';

const { seconds, seed } = runOptions(30);

const DATASETS = 1_000;
const WRITERS = 20;
const READS_PER_SECOND = 50;
/** The deadline of every call. */
const TIMEOUT_MS = 2_000;
/** How much later than its deadline an answer may come on a busy machine. */
const SLACK_MS = 500;
/** Within which all is as before, once the store is. */
const RECOVERY_MS = 15_000;
const FINE: Weather = { kind: 'up', latencyMs: 5 };

const OUTAGES: readonly { readonly name: string; readonly weather: Weather }[] = [
  { name: 'down', weather: { kind: 'down' } },
  { name: 'silent', weather: { kind: 'silent' } },
  { name: 'refusing (503)', weather: { kind: 'refusing' } },
  { name: 'slow (1 s a request)', weather: { kind: 'up', latencyMs: 1_000 } },
  { name: 'flapping (2 s)', weather: { kind: 'flapping', periodMs: 2_000, latencyMs: 5 } },
];

/** What a write may be answered with while the store is away. */
const CLEAR = new Set(['STORE_UNAVAILABLE', 'OUTCOME_UNKNOWN', 'DEADLINE_EXCEEDED', 'TOO_BUSY']);

await conclude(`Store outages of ${seconds} s each`, async (verdict) => {
  const s3 = await S3.start({ weather: FINE, datasets: DATASETS });
  const unreadyAfter = Math.max(1, Math.round(seconds / 3));
  const args = ['--refresh-interval', '500ms', '--unready-after', `${unreadyAfter}s`];
  const service = await Service.start({ store: s3.store, args });
  verdict.progress(`ready on ${service.address}`);
  const { pid } = service;

  const writers = new Writers(new GrpcCalls(service.address, 2), TIMEOUT_MS);
  const readers = new Readers(service, { datasets: DATASETS, timeoutMs: TIMEOUT_MS, seed });
  writers.start(WRITERS);
  readers.start(READS_PER_SECOND);
  await sleep(3_000);
  check(verdict, 'before', writers.take(), readers.take());
  for (const { name, weather } of OUTAGES) {
    s3.set(weather);
    await sleep(seconds * 1_000);
    s3.set(FINE);
    check(verdict, name, writers.take(), readers.take());
    await recover(verdict, name, service, writers, readers);
  }
  await writers.stop();
  readers.stop();
  const { names, problems } = await writers.audit();
  verdict.figure('writes acknowledged', writers.acknowledged);
  verdict.figure('writes that failed', writers.failures.toString());
  verdict.check(
    `${names} names read back`,
    problems.length === 0 ? 'all as acknowledged' : problems.slice(0, 5).join('; '),
    'nothing lost, nothing that had failed',
    problems.length === 0,
  );
  verdict.check(
    'the process',
    service.isRunning ? String(service.pid) : 'ended',
    `still ${pid}`,
    service.isRunning,
  );
  await service.stop();
  s3.stop();
});

function check(verdict: Verdict, name: string, writes: readonly Outcome[], reads: Reads): void {
  const acknowledged = writes.filter(({ code }) => code === OK).length;
  const failed = writes.filter(({ code }) => code !== OK);
  const unclear = failed.filter(({ reason }) => !CLEAR.has(reason));
  const slowest = Math.max(0, ...writes.map(({ ms }) => ms));
  verdict.progress(
    `${name}: ${acknowledged} writes acknowledged, ${failed.length} failed, slowest ${Math.round(slowest)} ms; ${reads.ms.length} reads, p99 ${msAt(reads.ms, 0.99)} ms, age up to ${reads.maxAgeMs} ms, ${reads.failed} failed; ${reads.states}`,
  );
  verdict.figure(`${name}: writes acknowledged, failed`, `${acknowledged}, ${failed.length}`);
  verdict.check(
    `${name}: failures without a clear reason`,
    unclear
      .map(({ code, reason }) => `${code} ${reason}`)
      .slice(0, 3)
      .join(', ') || 'none',
    'none',
    unclear.length === 0,
  );
  verdict.atMost(
    `${name}: slowest answer to a write`,
    Math.round(slowest),
    TIMEOUT_MS + SLACK_MS,
    ' ms',
  );
  verdict.figure(`${name}: weak reads; p99`, `${reads.ms.length}; ${msAt(reads.ms, 0.99)} ms`);
  verdict.atMost(`${name}: weak reads that failed`, reads.failed, 0);
  verdict.atMost(`${name}: weak reads that did not tell the age`, reads.ageless, 0);
  verdict.figure(`${name}: greatest age told`, `${reads.maxAgeMs} ms`);
  if (['down', 'silent', 'refusing (503)'].includes(name)) {
    verdict.atLeast(`${name}: greatest age told`, reads.maxAgeMs, seconds * 1_000 - 1_000, ' ms');
    const says = reads.states.includes('degraded');
    verdict.check(`${name}: /readyz, after its bound`, reads.states, 'degraded', says);
  }
}

async function recover(
  verdict: Verdict,
  name: string,
  service: Service,
  writers: Writers,
  readers: Readers,
): Promise<void> {
  const began = performance.now();
  let recovered = false;
  while (!recovered && performance.now() - began < 4 * RECOVERY_MS) {
    writers.take();
    readers.take();
    await sleep(1_000);
    const writes = writers.take();
    const status = await service.readiness().then(
      (answer) => answer.status,
      () => 'no answer',
    );
    recovered =
      writes.length > 0 &&
      writes.every(({ code }) => code === OK) &&
      readers.take().maxAgeMs < 5_000 &&
      status === 'ready';
  }
  const ms = recovered ? Math.round(performance.now() - began) : Number.POSITIVE_INFINITY;
  verdict.progress(`${name}: as before after ${ms} ms`);
  verdict.atMost(
    `${name}: until every write succeeds, the index is young, the probe is ready`,
    ms,
    RECOVERY_MS,
    ' ms',
  );
}
