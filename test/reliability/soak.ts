/**
 * Long mixed use at many datasets: memory has to stay flat, and no connection, stream, file or timer may be
 * left behind. One line a minute, a table at the end.
 *
 *   node test/reliability/soak.ts [--minutes 30] [--datasets 100000] [--rate 100] [--seed 1]
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { growth, inMiB, MIB, msAt } from './support/figures.ts';
import { fillRecords, MixedLoad, Watchers } from './support/mixed-load.ts';
import { runOptions } from './support/options.ts';
import { S3 } from './support/s3.ts';
import { type Probe, Service } from './support/service.ts';
import { conclude, type Verdict } from './support/verdict.ts';

const { seconds, seed, number } = runOptions(1_800, ['datasets', 'rate']);
const datasets = number('datasets', 100_000);
const rate = number('rate', 100);

const WATCHERS = 20;
/** From here on a run is long enough for records of writes to fill up, and for growth to tell a leak. */
const LONG_SECONDS = 300;
/** How long whatever is under way has to end before the process is looked at. */
const SETTLE_MS = 5_000;

/** What the process holds at one moment. */
interface Sample extends Probe {
  readonly openFiles: number;
  readonly connections: number;
}

await conclude(`Soak of ${seconds} s at ${datasets} datasets, ${rate} calls/s`, async (verdict) => {
  const weather = { kind: 'up', latencyMs: 2 } as const;
  const s3 = await S3.start({ weather, datasets, peerWrites: 2, checkpoint: true });
  verdict.progress(`the store holds ${datasets} datasets`);
  const service = await Service.start({ store: s3.store, args: ['--refresh-interval', '2s'] });
  verdict.progress(`ready on ${service.address}`);
  await use(verdict, service);
  verdict.check('exit code after SIGTERM', String(await service.stop()), '0', !service.isRunning);
  s3.stop();
});

async function use(verdict: Verdict, service: Service): Promise<void> {
  // Whatever is made once and kept is made before the first look. In a short run nobody would see it grow.
  if (seconds >= LONG_SECONDS) await fillRecords(service.address);
  const warm = new MixedLoad(service.address, datasets, seed + 1);
  const first = new Watchers(service.address, seed + 1);
  first.start(WATCHERS, 500);
  warm.start(rate);
  await sleep(Math.min(30_000, (seconds / 4) * 1_000));
  first.stop();
  await warm.stop();
  warm.close();
  await sleep(SETTLE_MS);
  const before = await sample(service);
  verdict.progress(`before: ${described(before)}`);

  const load = new MixedLoad(service.address, datasets, seed);
  const watchers = new Watchers(service.address, seed);
  watchers.start(WATCHERS, 2_000);
  load.start(rate);
  const samples: Sample[] = [];
  const ages: number[] = [];
  const allMs: number[] = [];
  const steps = Math.max(6, Math.round(seconds / 60));
  for (let step = 1; step <= steps && service.isRunning; step++) {
    await sleep((seconds / steps) * 1_000);
    const ms = load.takeMs();
    const ageMs = load.takeMaxAgeMs();
    const now = await sample(service);
    samples.push(now);
    ages.push(ageMs);
    allMs.push(...ms);
    verdict.progress(
      [
        `${load.calls} calls, ${load.unexpected.total()} unexpected`,
        `p50 ${msAt(ms, 0.5)} ms, p99 ${msAt(ms, 0.99)} ms`,
        `index age up to ${ageMs} ms`,
        `${watchers.opened} watchers opened, ${(watchers.bytes / MIB).toFixed(1)} MiB seen`,
        described(now),
      ].join('; '),
    );
  }
  verdict.check('the process', service.isRunning ? 'runs' : 'ended', 'runs', service.isRunning);
  await load.stop();
  watchers.stop();
  load.close();
  await sleep(SETTLE_MS);
  let after = await sample(service);
  verdict.progress(`after: ${described(after)}`);
  // Every 2 s the index is refreshed, and the reads of a refresh have timers of their own.
  for (let looks = 0; looks < 8 && timers(after) > mostTimers(before); looks++) {
    await sleep(300);
    after = await sample(service);
    verdict.progress(`after: ${described(after)}`);
  }

  verdict.figure('calls', load.calls);
  verdict.figure('p50, p99, slowest', `${[0.5, 0.99, 1].map((q) => msAt(allMs, q)).join(', ')} ms`);
  verdict.figure(
    'watchers opened; seen by them',
    `${watchers.opened}; ${inMiB(watchers.bytes)} MiB`,
  );
  verdict.check(
    'answers that nobody expected',
    load.unexpected.toString(),
    'none',
    load.unexpected.total() === 0,
  );
  verdict.check('watches ended by the service', watchers.ended, 'none', watchers.ended === 0);
  verdict.atMost('oldest index that an answer told of', Math.max(...ages), 60_000, ' ms');
  checkMemory(verdict, samples);
  checkLeaks(verdict, before, after);
  verdict.atMost('watchers at the end', await service.metric('catalogd_watchers'), 0);
  verdict.check(
    'errors and warnings of Node in the log',
    service.alarms.slice(0, 3).join(' ') || 'none',
    'none',
    service.alarms.length === 0,
  );
}

/** Over the second half, whatever grew for good in the first. */
function checkMemory(verdict: Verdict, samples: readonly Sample[]): void {
  const half = samples.slice(Math.floor(samples.length / 2));
  const kinds = {
    'heap after collection': half.map(({ heapUsed }) => heapUsed),
    'memory outside the heap': half.map(({ external }) => external),
    'resident memory': half.map(({ rss }) => rss),
  };
  for (const [what, values] of Object.entries(kinds)) {
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    // Three in a hundred, or what a collection more or less makes in a small process.
    const bound = Math.max(0.03 * mean, 8 * MIB);
    verdict.figure(`${what}, mean of the second half`, `${inMiB(mean)} MiB`);
    const growing = `${what}, growth over the second half`;
    if (seconds >= LONG_SECONDS) verdict.atMost(growing, growth(values) / MIB, bound / MIB, ' MiB');
    // A process that has just begun takes more memory, and the second half is a few looks at it.
    else verdict.figure(growing, `${inMiB(growth(values))} MiB`);
  }
}

function checkLeaks(verdict: Verdict, before: Sample, after: Sample): void {
  verdict.atMost('connections of clients, afterwards', after.connections, before.connections);
  // The connections to the store come and go; there are at most 50 more of them.
  verdict.atMost('open files, afterwards', after.openFiles, before.openFiles + 50);
  verdict.atMost('timers, afterwards', timers(after), mostTimers(before));
}

function timers({ resources }: Sample): number {
  return resources.Timeout ?? 0;
}

function mostTimers(before: Sample): number {
  return timers(before) + 5;
}

async function sample(service: Service): Promise<Sample> {
  const probe = await service.probe();
  return { ...probe, openFiles: service.openFiles(), connections: service.connections() };
}

function described(now: Sample): string {
  const { rss, heapUsed, external, openFiles, connections, eventLoopP99Ms, resources } = now;
  return [
    `rss ${inMiB(rss)}, heap ${inMiB(heapUsed)}, external ${inMiB(external)} MiB`,
    `${connections} connections, ${openFiles} files, ${resources.Timeout ?? 0} timers`,
    `event loop p99 ${eventLoopP99Ms.toFixed(1)} ms`,
  ].join('; ');
}
