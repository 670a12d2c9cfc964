/**
 * What a catalogd spends its CPU on while it answers GetManifest, 1 connection with 64 calls in flight:
 * `node bench/profile.ts [SECONDS]` prints the functions with the most time of their own, GC and all.
 * Node's own functions are named, its C++ shows as `(program)`.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ENTRY } from '../test/support/catalogd-process.ts';
import { checkedLoad } from './support/checked-load.ts';
import { getExchanges, pathOf, registerDatasets } from './support/datasets.ts';
import { killDescendants } from './support/process-tree.ts';

/** The part of a CPU profile of V8 that is read here. */
interface Profile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string };
  }[];
  readonly samples: readonly number[];
}

const SHOWN = 30;
/** Calls per second of the load, roughly. */
const RATE = 15_000;
const seconds = Number(process.argv[2] ?? 5);

process.once('exit', killDescendants);
process.once('SIGINT', () => process.exit(130));
const scratch = await mkdtemp(join(tmpdir(), 'catalogd-profile-'));
try {
  const args = ['--cpu-prof', `--cpu-prof-dir=${scratch}`, ENTRY, 'serve'];
  const child = spawn(process.execPath, [...args, '--store=memory:', '--listen=127.0.0.1:0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let address: string | undefined;
  for await (const line of child.stdout.setEncoding('utf8')) {
    address ??= /listens on (\S+)/.exec(line)?.[1];
    if (/is ready/.test(line)) break;
  }
  if (address === undefined) throw new Error('catalogd did not start');
  const exchanges = await getExchanges(address, await registerDatasets(address, 64));
  const subject = { pid: child.pid ?? 0, address, path: pathOf('getManifest'), exchanges };
  const shape = { connections: 1, streams: 64 };
  const { cpuUs } = await checkedLoad(scratch, subject, shape, RATE * seconds);
  child.kill('SIGTERM');
  await once(child, 'exit');
  const file = (await readdir(scratch)).find((name) => name.endsWith('.cpuprofile')) ?? '';
  console.log(`${cpuUs.toFixed(1)} us of CPU per call, the profiler included\n`);
  console.log(summary(JSON.parse(await readFile(join(scratch, file), 'utf8'))));
} finally {
  killDescendants();
  await rm(scratch, { recursive: true, force: true });
}

/** The functions by their own time, as shares of the time that was not idle. */
function summary({ nodes, samples }: Profile): string {
  const names = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]));
  const own = new Map<string, number>();
  const busy = samples.map((id) => names.get(id) ?? '').filter((name) => name !== '(idle)');
  for (const name of busy) own.set(name, (own.get(name) ?? 0) + 1);
  return [...own]
    .sort(([, a], [, b]) => b - a)
    .slice(0, SHOWN)
    .map(([name, count]) => `${((100 * count) / busy.length).toFixed(1).padStart(5)} %  ${name}`)
    .join('\n');
}

function nameOf({ functionName, url }: Profile['nodes'][number]['callFrame']): string {
  const place = url.replace(/^.*\/(node_modules|src|gen)\//, '$1/');
  return `${functionName || '(anonymous)'}${place === '' ? '' : `  ${place}`}`;
}
