import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { violationsOf } from './check.ts';
import { checkLinearizable } from './checker.ts';
import { EXCLUSIVE, type Profile, SHARED } from './cluster.ts';
import { byName, type History } from './history.ts';
import { BROKEN_PROMISES, KNOWN_HISTORIES } from './known.ts';
import { catches } from './mutation-run.ts';
import { MUTATIONS } from './mutations.ts';
import { type Ground, runSeeds } from './seeds.ts';
import { measure, oneName } from './sharing.ts';

const USAGE = `Linearizability of replicas over one bucket, under faults.

  node test/linearizability/main.ts                     CATALOGD_TEST_SEEDS seeds, default 20
  node test/linearizability/main.ts seed PROFILE SEED   one seed; profiles: shared, exclusive
  node test/linearizability/main.ts mutations [WORD]    that mistakes (with WORD in the title) are caught
  node test/linearizability/main.ts measure             throughput of replicas, and waiting for one name
  node test/linearizability/main.ts check FILE...       checks kept histories again
  node test/linearizability/main.ts verdicts FILE...    whether each name of kept histories is linearizable
  node test/linearizability/main.ts known FOLDER        writes the known histories there

CATALOGD_TEST_S3_URL   store of a real S3 server; default: a double in this process
CATALOGD_TEST_FIRST_SEED   default 1
CATALOGD_TEST_KEEP     a folder for the histories of all runs, not only of those that failed`;

/** One seed in so many is run on a store without conditions, too. */
const EXCLUSIVE_SHARE = 10;

/** A run that hangs is a failure, too: each seed takes some seconds. */
const LIMIT_MS_PER_SEED = 120_000;

async function seeds(): Promise<boolean> {
  const count = whole('CATALOGD_TEST_SEEDS', 20);
  const first = whole('CATALOGD_TEST_FIRST_SEED', 1);
  const numbers = Array.from({ length: count }, (_, i) => first + i);
  const alone = numbers.slice(0, Math.ceil(count / EXCLUSIVE_SHARE));
  return onGround(async (ground) => {
    const shared = await limited(count, runSeeds(SHARED, numbers, ground));
    const exclusive = await limited(alone.length, runSeeds(EXCLUSIVE, alone, ground));
    return (await limited(1, oneName(ground))) && exclusive && shared;
  });
}

async function oneSeed([name = '', seed = '']: readonly string[]): Promise<boolean> {
  const profile = [SHARED, EXCLUSIVE].find((each: Profile) => each.name === name);
  if (profile === undefined || !/^\d+$/.test(seed)) throw new RangeError(USAGE);
  return onGround((ground) => limited(1, runSeeds(profile, [Number(seed)], ground)));
}

async function mutations([word = '']: readonly string[]): Promise<boolean> {
  const chosen = MUTATIONS.filter(({ title }) => title.includes(word));
  if (chosen.length === 0) throw new RangeError(`no mutation has ${word} in its title`);
  return onGround(async (ground) => {
    let all = true;
    for (const mutation of chosen) all = (await limited(20, catches(mutation, ground))) && all;
    return all;
  });
}

async function check(files: readonly string[]): Promise<boolean> {
  let passed = true;
  for (const file of files) {
    const violations = violationsOf(await historyOf(file));
    console.log(`${file}: ${violations.length} violations`);
    for (const each of violations) console.log(`- ${each}`);
    passed &&= violations.length === 0;
  }
  return passed;
}

/** One line per name, in the form in which the Go checker prints them. */
async function verdicts(files: readonly string[]): Promise<boolean> {
  for (const file of files) {
    const { operations } = await historyOf(file);
    for (const [name, ofName] of [...byName(operations)].sort(([a], [b]) => (a < b ? -1 : 1))) {
      console.log(`${file} ${name} ${checkLinearizable(ofName).kind}`);
    }
  }
  return true;
}

async function known([folder = '.']: readonly string[]): Promise<boolean> {
  await mkdir(folder, { recursive: true });
  for (const { title, good, history } of [...KNOWN_HISTORIES, ...BROKEN_PROMISES]) {
    const name = `${good ? 'good' : 'bad'}-${title.replaceAll(/\W+/g, '-')}.json`;
    await writeFile(join(folder, name), `${JSON.stringify(history)}\n`);
  }
  return true;
}

async function historyOf(file: string): Promise<History> {
  return JSON.parse(await readFile(file, 'utf8')) as History;
}

async function onGround(run: (ground: Ground) => Promise<boolean>): Promise<boolean> {
  const { CATALOGD_TEST_S3_URL: url = '', CATALOGD_TEST_KEEP: keep = '' } = process.env;
  const folder = await mkdtemp(join(tmpdir(), 'catalogd-linearizability-'));
  const cache = join(folder, 'compiled');
  const passed = await run({ url, keep, cache, failures: folder });
  await rm(passed ? folder : cache, { recursive: true, force: true });
  return passed;
}

async function limited(seeds: number, run: Promise<boolean>): Promise<boolean> {
  const ms = LIMIT_MS_PER_SEED * (seeds + 1);
  const timer = setTimeout(() => {
    console.error(`no end after ${ms} ms`);
    process.exit(1);
  }, ms);
  return run.finally(() => clearTimeout(timer));
}

function whole(variable: string, otherwise: number): number {
  const text = process.env[variable] ?? String(otherwise);
  if (!/^[1-9]\d*$/.test(text))
    throw new RangeError(`${variable} must be a number above 0, not ${text}`);
  return Number(text);
}

// Whoever interrupts this wants the replicas gone, too; they go when it exits.
process.once('SIGINT', () => process.exit(130)).once('SIGTERM', () => process.exit(143));

const [command = 'seeds', ...rest] = process.argv.slice(2);
const commands: Readonly<Record<string, (rest: readonly string[]) => Promise<boolean>>> = {
  seeds,
  seed: oneSeed,
  mutations,
  measure: () => onGround((ground) => limited(4, measure(ground))),
  check,
  verdicts,
  known,
};
const run = commands[command];
if (run === undefined) {
  console.error(USAGE);
  process.exit(2);
}
process.exit((await run(rest)) ? 0 : 1);
