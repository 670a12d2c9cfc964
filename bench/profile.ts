/**
 * What a server spends its CPU on while it answers GetManifest, 1 connection with 64 calls in flight:
 * `node bench/profile.ts [catalogd|bare] [SECONDS]` prints the microseconds per call by origin, and by
 * function, each without what it calls. `(program)` is what is not JavaScript: Node's C++, nghttp2 and the kernel.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ENTRY } from '../test/support/catalogd-process.ts';
import { checkedLoad } from './support/checked-load.ts';
import { type Exchange, getExchanges, pathOf, registerDatasets } from './support/datasets.ts';
import { killDescendants } from './support/process-tree.ts';

/** The part of a CPU profile of V8 that is read here. */
interface Profile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string };
  }[];
  readonly samples: readonly number[];
}

const SHAPE = { connections: 1, streams: 64 };
const WARM_UP_CALLS = 20_000;
const SHOWN = 30;
const BARE = fileURLToPath(new URL('servers/bare-http2.ts', import.meta.url));

process.once('exit', killDescendants);
process.once('SIGINT', () => process.exit(130));
const [kind = 'catalogd', seconds = '5'] = process.argv.slice(2);
const scratch = await mkdtemp(join(tmpdir(), 'catalogd-profile-'));
try {
  const catalogd = await inspected([ENTRY, 'serve', '--store=memory:', '--listen=127.0.0.1:0']);
  const exchanges = await getExchanges(
    catalogd.address,
    await registerDatasets(catalogd.address, 64),
  );
  if (kind === 'bare') {
    const message = join(scratch, 'message');
    await writeFile(message, exchanges[0]?.answer ?? '');
    await profiled(await inspected([BARE, message]), exchanges.slice(0, 1));
  } else await profiled(catalogd, exchanges);
} finally {
  killDescendants();
  await rm(scratch, { recursive: true, force: true });
}

type Inspected = Awaited<ReturnType<typeof inspected>>;

async function profiled(server: Inspected, exchanges: readonly Exchange[]): Promise<void> {
  const subject = { ...server, path: pathOf('getManifest'), exchanges };
  const { perSecond } = await checkedLoad(scratch, subject, SHAPE, WARM_UP_CALLS);
  const inspector = await connect(server.inspector);
  await inspector('Profiler.enable');
  await inspector('Profiler.setSamplingInterval', { interval: 200 });
  await inspector('Profiler.start');
  const calls = Math.ceil(perSecond * Number(seconds));
  const { cpuUs } = await checkedLoad(scratch, subject, SHAPE, calls);
  const { profile } = (await inspector('Profiler.stop')) as { profile: Profile };
  console.log(`${kind}: ${cpuUs.toFixed(1)} us of CPU per call, the profiler included\n`);
  console.log(`${costs(profile, cpuUs, originOf)}\n\n${costs(profile, cpuUs, nameOf)}`);
}

/** Starts a script with an inspector, and waits until it says where both listen. */
async function inspected(args: readonly string[]) {
  const child = spawn(process.execPath, ['--inspect=127.0.0.1:0', ...args]);
  const [out, err] = [lines(child.stdout), lines(child.stderr)];
  const inspector = await err(/listening on (ws:\S+)/);
  const port = await out(/^(?:catalogd .* listens on 127\.0\.0\.1:)?(\d+)(?: and .*)?$/);
  if (args.includes('serve')) await out(/is (ready)/);
  return { pid: child.pid ?? 0, address: `127.0.0.1:${port}`, inspector };
}

function lines(stream: NodeJS.ReadableStream) {
  let text = '';
  stream.setEncoding('utf8').on('data', (chunk) => {
    text += chunk;
  });
  return async (pattern: RegExp): Promise<string> => {
    for (;;) {
      const found = text.split('\n').map((line) => pattern.exec(line)?.[1]);
      const first = found.find((each) => each !== undefined);
      if (first !== undefined) return first;
      await once(stream, 'data', { signal: AbortSignal.timeout(30_000) });
    }
  };
}

/** Speaks the DevTools protocol: a function that sends a command and gives its result. */
async function connect(url: string) {
  const socket = new WebSocket(url);
  await once(socket, 'open');
  let id = 0;
  return async (method: string, params = {}): Promise<unknown> => {
    socket.send(JSON.stringify({ id: ++id, method, params }));
    for (;;) {
      const [{ data }] = (await once(socket, 'message')) as [{ data: string }];
      const answer = JSON.parse(data);
      if (answer.id === id) return answer.result;
    }
  };
}

type Frame = Profile['nodes'][number]['callFrame'];

/** Microseconds per call, by some name, of all samples that were not idle. */
function costs({ nodes, samples }: Profile, cpuUs: number, by: (frame: Frame) => string): string {
  const names = new Map(nodes.map(({ id, callFrame }) => [id, by(callFrame)]));
  const busy = samples.map((id) => names.get(id) ?? '').filter((name) => name !== '(idle)');
  return [...Map.groupBy(busy, (name) => name)]
    .map(([name, { length }]) => ({ name, us: (cpuUs * length) / busy.length }))
    .sort((a, b) => b.us - a.us)
    .slice(0, SHOWN)
    .map(({ name, us }) => `${us.toFixed(2).padStart(6)} us  ${name}`)
    .join('\n');
}

function originOf({ functionName, url }: Frame): string {
  if (url === '') return functionName.startsWith('(') ? functionName : 'V8 and C++ functions';
  const place = /(node_modules\/(?:@[^/]+\/)?[^/]+|src\/[^/]+|gen)\//.exec(url)?.[1];
  return place ?? url.replace(/^(node:internal\/[^/]+|node:[^/]+)\/.*$/, '$1');
}

function nameOf({ functionName, url }: Frame): string {
  const place = url.replace(/^.*\/(node_modules|src|gen)\//, '$1/');
  return `${functionName || '(anonymous)'}${place === '' ? '' : `  ${place}`}`;
}
