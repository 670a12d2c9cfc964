/**
 * Bad clients of every kind at once, while good ones go on. The process has to stay, without an error in its
 * log, the good ones must not fail, and afterwards memory, connections and timers are what they were.
 *
 *   node test/reliability/fuzz.ts [--seconds 60] [--seed 1] [--base 1]     --base 1: without the fast lane
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { peakMemoryBytes } from '../../bench/support/process-tree.ts';
import { CatalogService } from '../../gen/catalogd/v1/catalog_service_pb.ts';
import { ATTACKS, attackAll } from './attacks/attack-all.ts';
import { Control } from './support/control.ts';
import { inMiB, MIB, msAt } from './support/figures.ts';
import { GrpcCalls } from './support/grpc.ts';
import { registration } from './support/mixed-load.ts';
import { runOptions } from './support/options.ts';
import { Service } from './support/service.ts';
import { conclude } from './support/verdict.ts';

const NAMES = Object.keys(ATTACKS);

/** How long the service has to notice that all have gone, and the allocators to give back what they hold. */
const SETTLE_MS = 60_000;
/** What the kinds together may take while they last: compressed requests, answers that nobody takes. */
const PEAK_MIB = 1_536;
/**
 * What the allocator may keep of the peaks of one round; what is in use is looked at besides. It is chance how
 * much it keeps, as the pieces in use happen to lie (docs/reliability.md): a round that goes beyond this is
 * followed by another, for what leaks grows in each.
 */
const MAX_RSS_GROWTH_MIB = 256;
const MAX_ROUNDS = 3;
const CONTROL_TIMEOUT_MS = 10_000;

const { seconds, seed, number } = runOptions(60, ['base']);
const base = number('base', 0) === 1;

await conclude(
  `Fuzz of ${seconds} s, ${NAMES.length} kinds of attack, seed ${seed}, ${base ? 'without' : 'with'} the fast lane`,
  async (verdict) => {
    const args = base ? ['--no-fast-lane'] : [];
    const service = await Service.start({ store: 'memory:', args });
    const calls = new GrpcCalls(service.address);
    const { registerManifest } = CatalogService.method;
    await calls.unary(registerManifest, registration('control', 8), CONTROL_TIMEOUT_MS);
    await calls.unary(registerManifest, registration('victim', 8), CONTROL_TIMEOUT_MS);
    for (let i = 0; i < 200; i++) {
      await calls.unary(registerManifest, registration(`filling/${i}`, 50), CONTROL_TIMEOUT_MS);
    }
    const fresh = await service.probe();
    const { address } = service;
    // A first round, each kind once at least: what is loaded late, and what the allocators keep of the
    // memory that such a day takes, is there before the second. From there on nothing may grow.
    await attackAll({ address, seed, kind: (i) => NAMES[i] });
    const first = performance.now() + seconds * 500;
    await attackAll({
      address,
      seed: seed + 1_000,
      kind: (_, random) => (performance.now() < first ? random.pick(NAMES) : undefined),
    });
    const before = await settled(service);
    verdict.progress(`before: rss ${inMiB(before.rss)}, heap ${inMiB(before.heapUsed)} MiB`);

    const control = new Control(calls, CONTROL_TIMEOUT_MS);
    let attacks = 0;
    let [previous, after] = [before, before];
    for (let round = 1; round <= MAX_ROUNDS; round++) {
      const end = performance.now() + seconds * 1_000;
      control.start();
      const made = await attackAll({
        address,
        seed: seed + round - 1,
        kind: (_, random) => (performance.now() < end ? random.pick(NAMES) : undefined),
      });
      await control.stop();
      attacks += made.total();
      verdict.progress(`${made.total()} attacks: ${made}`);
      previous = after;
      after = await settled(service);
      if (after.rss - previous.rss <= MAX_RSS_GROWTH_MIB * MIB) break;
    }
    verdict.check('the process', service.isRunning ? 'runs' : 'ended', 'runs', service.isRunning);
    verdict.figure('attacks', attacks);
    verdict.figure(
      'calls of others; p50, p99, slowest',
      `${control.ms.length}; ${[0.5, 0.99, 1].map((q) => msAt(control.ms, q)).join(', ')} ms`,
    );
    verdict.check(
      'calls of others that failed',
      control.failures.toString(),
      'none',
      control.failures.total() === 0,
    );
    const grown = (kind: 'rss' | 'heapUsed' | 'external') => (after[kind] - before[kind]) / MIB;
    verdict.figure(
      'resident memory fresh, before, after',
      `${[fresh, before, after].map(({ rss }) => inMiB(rss)).join(', ')} MiB`,
    );
    verdict.figure(
      'heap fresh, before, after',
      `${[fresh, before, after].map(({ heapUsed }) => inMiB(heapUsed)).join(', ')} MiB`,
    );
    verdict.atMost('growth of the heap after collection', grown('heapUsed'), 8, ' MiB');
    verdict.atMost('growth of memory outside the heap', grown('external'), 8, ' MiB');
    verdict.atMost(
      'growth of resident memory, in the last round',
      (after.rss - previous.rss) / MIB,
      MAX_RSS_GROWTH_MIB,
      ' MiB',
    );
    verdict.atMost(
      'most memory that it ever held',
      peakMemoryBytes(service.pid) / MIB,
      PEAK_MIB,
      ' MiB',
    );
    verdict.atMost('connections left, control among them', after.connections, before.connections);
    const timers = (of: typeof after) => of.resources.Timeout ?? 0;
    verdict.atMost('timers, afterwards', timers(after), timers(before) + 5);
    verdict.check(
      'errors and warnings of Node in the log',
      service.alarms.slice(0, 3).join(' ') || 'none',
      'none',
      service.alarms.length === 0,
    );
    calls.close();
    verdict.check('exit code after SIGTERM', String(await service.stop()), '0', true);
  },
);

/** What is left when memory does not fall any more, or the time for that is over. */
async function settled(service: Service) {
  const end = performance.now() + SETTLE_MS;
  let last = await service.probe();
  for (let quiet = 0; quiet < 2 && performance.now() < end; ) {
    await sleep(3_000);
    const now = await service.probe();
    const moves = now.rss < last.rss - MIB || Math.abs(now.external - last.external) > MIB;
    quiet = moves ? 0 : quiet + 1;
    last = now;
  }
  return { ...last, connections: service.connections() };
}
