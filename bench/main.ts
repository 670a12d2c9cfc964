/**
 * Runs the benchmarks: progress on standard error, a table in Markdown on standard output, all of it as
 * JSON in a file. Needs Linux (/proc), h2load and etcd (Debian: nghttp2-client, etcd-server).
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, release, tmpdir, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import type { Bench, Row } from './bench.ts';
import { BENCHES } from './benches.ts';
import { killDescendants } from './support/process-tree.ts';
import { table } from './table.ts';

interface Options {
  readonly quick: boolean;
  readonly rounds: number;
  readonly json: string;
}

/** How long one benchmark may take. */
const LIMIT_MS = 20 * 60_000;

interface Outcome extends Pick<Bench, 'name' | 'measures' | 'baseline'> {
  readonly seconds: number;
  readonly rows: readonly Row[];
  /** Why it failed, if it did. */
  readonly error?: string;
}

// Whatever a benchmark has started ends with this process, however that ends.
process.once('exit', killDescendants);
process.once('SIGINT', () => process.exit(130));
process.once('SIGTERM', () => process.exit(143));

await new Command('npm run bench --')
  .description(`Benchmarks: ${Object.keys(BENCHES).join(', ')}.`)
  .argument('[names...]', 'which to run; all by default', named, [])
  .option('--quick', 'prove that each runs and answers rightly; the figures mean nothing', false)
  .option('--rounds <n>', 'how often each figure is measured, for the median', rounds, 3)
  .option('--json <file>', 'where the results go as JSON', '.cache/bench.json')
  .helpOption('--help')
  .action(main)
  .parseAsync();

async function main(names: readonly string[], options: Options): Promise<void> {
  const began = new Date();
  const outcomes: Outcome[] = [];
  const wanted = names.length === 0 ? Object.keys(BENCHES) : names;
  for (const name of wanted) {
    const outcome = await runOne(name, options);
    outcomes.push(outcome);
    print(outcome);
  }
  const machine = machineNow();
  await mkdir(dirname(options.json), { recursive: true });
  const all = { at: began.toISOString(), machine, quick: options.quick, benches: outcomes };
  await writeFile(options.json, `${JSON.stringify(all, null, 2)}\n`);
  const date = began.toISOString().slice(0, 10);
  console.log(`${machine.cpus} x ${machine.model}, ${machine.os}, Node ${machine.node}, ${date}.`);
  if (options.quick) console.log('Quick: these figures mean nothing.');
  const failed = outcomes.filter(({ error }) => error !== undefined);
  if (failed.length > 0) {
    console.error(`failed: ${failed.map(({ name }) => name).join(', ')}`);
    process.exitCode = 1;
  }
}

async function runOne(name: string, { quick, rounds }: Options): Promise<Outcome> {
  const bench = await BENCHES[name]?.();
  if (bench === undefined) throw new Error(`there is no benchmark ${name}`);
  const { measures, baseline } = bench;
  const scratch = await mkdtemp(join(tmpdir(), 'catalogd-bench-'));
  const began = performance.now();
  const seconds = () => Math.round((performance.now() - began) / 100) / 10;
  const progress = (text: string) => console.error(`${seconds().toFixed(1)} s  ${name}: ${text}`);
  progress('begins');
  const context = { quick, rounds: quick ? 1 : rounds, scratch, progress };
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(new Error(`not done after ${LIMIT_MS / 1_000} s`)),
    LIMIT_MS,
  );
  try {
    const rows = await Promise.race([bench.run(context), late.promise]);
    // Nothing is reached or missed by figures that mean nothing.
    const judged = quick ? rows.map((each) => ({ ...each, reached: undefined })) : rows;
    return { name, measures, baseline, seconds: seconds(), rows: judged };
  } catch (error) {
    console.error(error);
    return { name, measures, baseline, seconds: seconds(), rows: [], error: String(error) };
  } finally {
    clearTimeout(timer);
    killDescendants();
    await rm(scratch, { recursive: true, force: true, maxRetries: 5 });
  }
}

function print({ name, measures, baseline, rows, error, seconds }: Outcome): void {
  console.log(`### ${name}\n\n${measures} Against: ${baseline}\n`);
  console.log(error === undefined ? table(rows) : `Failed: ${error}`);
  console.log(`\n(${seconds} s)\n`);
}

function machineNow() {
  return {
    node: process.version,
    cpus: availableParallelism(),
    model: cpus()[0]?.model.trim() ?? 'unknown',
    memoryBytes: totalmem(),
    os: `${process.platform} ${release()}`,
  };
}

function named(name: string, others: readonly string[]): readonly string[] {
  if (!(name in BENCHES)) {
    throw new InvalidArgumentError(`there are: ${Object.keys(BENCHES).join(', ')}`);
  }
  return [...others, name];
}

function rounds(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 101) {
    throw new InvalidArgumentError('a whole number of 1 to 101 is needed');
  }
  return value;
}
