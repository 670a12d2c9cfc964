/** A generator of load as a process, told by its parent what to make: see load.ts. */
import { CatalogService } from '../../../gen/catalogd/v1/catalog_service_pb.ts';
import { Random } from '../../linearizability/random.ts';
import { msAt } from './figures.ts';
import { encoded, GrpcCalls, OK, pathOf } from './grpc.ts';
import type { LoadOptions, Order, Second } from './load.ts';
import { registration } from './mixed-load.ts';
import { seededName } from './s3.ts';

const { getManifest, registerManifest } = CatalogService.method;
const GET = pathOf(getManifest);
const REGISTER = pathOf(registerManifest);

const options = JSON.parse(process.argv[2] ?? '') as LoadOptions;
const random = new Random(options.seed);
const calls = new GrpcCalls(options.address, options.connections);

// Encoded once: the generator has to be cheaper than what it puts under load.
const gets = Array.from({ length: options.datasets }, (_, i) =>
  encoded(getManifest, { name: seededName(i) }),
);
const registers = Array.from({ length: options.datasets }, (_, i) =>
  encoded(registerManifest, registration(seededName(i), 2)),
);

/** What ended in one second. */
class Tally {
  sent = 0;
  ok = 0;
  writesOk = 0;
  readonly codes: Record<string, number> = {};
  readonly ms: number[] = [];
  withRetryInfo = 0;

  second(): Second {
    const { sent, ok, writesOk, codes, withRetryInfo } = this;
    return {
      sent,
      ok,
      writesOk,
      codes,
      withRetryInfo,
      p50Ms: msAt(this.ms, 0.5),
      p99Ms: msAt(this.ms, 0.99),
    };
  }
}

let tally = new Tally();

async function one(): Promise<void> {
  tally.sent++;
  const write = random.chance(options.writeShare);
  const frame = random.pick(write ? registers : gets);
  const outcome = await calls.send(write ? REGISTER : GET, frame, options.timeoutMs);
  if (outcome.code === OK && outcome.ms <= options.timeoutMs) {
    tally.ok++;
    if (write) tally.writesOk++;
    tally.ms.push(outcome.ms);
    return;
  }
  // What comes too late has missed its deadline, whatever it says.
  const key = outcome.code === OK ? '4 LATE' : `${outcome.code} ${outcome.reason}`;
  tally.codes[key] = (tally.codes[key] ?? 0) + 1;
  if (outcome.retryInfo) tally.withRetryInfo++;
}

/** Calls at a rate, whatever becomes of them. */
function openLoop(perSecond: number): () => void {
  const began = performance.now();
  let made = 0;
  const timer = setInterval(() => {
    const due = ((performance.now() - began) / 1_000) * perSecond;
    for (; made < due; made++) void one();
  }, 2);
  return () => clearInterval(timer);
}

/** So many calls at a time, each followed by the next. */
function closedLoop(inFlight: number): () => void {
  let stopped = false;
  const worker = async () => {
    while (!stopped) await one();
  };
  for (let i = 0; i < inFlight; i++) void worker();
  return () => {
    stopped = true;
  };
}

async function run({ perSecond, inFlight, seconds }: Order): Promise<Second[]> {
  tally = new Tally();
  const stop = perSecond === undefined ? closedLoop(inFlight ?? 1) : openLoop(perSecond);
  const passed: Second[] = [];
  for (let second = 0; second < seconds; second++) {
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    passed.push(tally.second());
    tally = new Tally();
  }
  stop();
  return passed;
}

process.on('message', (order) => {
  void run(order as Order).then((passed) => process.send?.(passed));
});
process.once('disconnect', () => process.exit());
process.send?.('ready');
