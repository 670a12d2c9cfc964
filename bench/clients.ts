import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Bench, type BenchContext, type Row, row } from './bench.ts';
import { getExchanges, registerDatasets, startCatalogd } from './support/datasets.ts';
import { inTurns } from './support/statistics.ts';

const CLIENTS = ['typed', 'bare', 'bare-deadline'] as const;
/** Longer than the calls of one client take. */
const LIMIT_MS = 180_000;
const LOOP = fileURLToPath(new URL('support/client-loop.ts', import.meta.url));

export const bench: Bench = {
  name: 'clients',
  measures:
    'GetManifest of 8 objects by the typed client (catalogd/client), 8 calls in flight: CPU of the client per call.',
  baseline: 'a bare grpc-js client with the same encoding, against the same catalogd.',
  run,
};

async function run({ quick, rounds, scratch, progress }: BenchContext): Promise<Row[]> {
  const { address } = await startCatalogd('memory:');
  const manifests = await registerDatasets(address, 1);
  const [exchange] = await getExchanges(address, manifests);
  const right = join(scratch, 'right');
  await writeFile(right, exchange?.answer ?? '');
  const [warmUp, calls] = quick ? [64, 256] : [4_000, 12_000];
  const figures = await inTurns(rounds, CLIENTS, async (client, round) => {
    progress(`${client}, round ${round + 1}`);
    const args = [client, address, manifests[0]?.name ?? '', right, String(warmUp), String(calls)];
    const { stdout } = await promisify(execFile)(process.execPath, [LOOP, ...args], {
      timeout: LIMIT_MS,
    });
    return { cpuUs: Number(stdout) };
  });
  const ours = { case: '8 in flight', unit: 'CPU, us per call', value: figures.typed.cpuUs };
  return [
    row({ ...ours, against: 'bare grpc-js', baseline: figures.bare.cpuUs }),
    row({
      ...ours,
      against: 'the same, with a deadline',
      baseline: figures['bare-deadline'].cpuUs,
    }),
  ];
}
