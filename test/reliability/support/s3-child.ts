/** The S3 double as a process, told by its parent how to behave: see s3.ts. */
import { startS3Double } from '../../support/s3-double.ts';
import { manifestAt, type Written } from './manifests.ts';
import { PEER_NAMES, peerName, type S3Options, seededName, type Weather } from './s3.ts';
import { seedCheckpoint } from './seed-checkpoint.ts';

/** Longer than anyone waits. */
const SILENCE_MS = 10 * 60_000;

/** Of all keys in the bucket. */
const PREFIX = 'reliability/';

const options = JSON.parse(process.argv[2] ?? '') as S3Options;
let weather: Weather = options.weather;

const double = await startS3Double();
double.fault = () => {
  switch (weather.kind) {
    case 'up':
      return weather.latencyMs > 0 ? { delayMs: weather.latencyMs } : undefined;
    case 'down':
      return { drop: 'before' };
    case 'silent':
      return { delayMs: SILENCE_MS, drop: 'before' };
    case 'refusing':
      return { status: 503, code: 'SlowDown' };
    case 'flapping': {
      const { periodMs, latencyMs } = weather;
      return Math.floor(performance.now() / periodMs) % 2 === 0
        ? { drop: 'before' }
        : { delayMs: latencyMs };
    }
  }
};

const put = (name: string, body: Uint8Array) =>
  double.objects.set(`${PREFIX}_catalog/manifests/${name}.parquet`, Buffer.from(body));

for (let i = 0; i < (options.datasets ?? 0); i++)
  put(seededName(i), manifestAt(seededName(i)).body);

const peers = new Map<string, Written>();
let turn = 0;
function writePeer(): void {
  const name = peerName(turn++ % PEER_NAMES);
  const written = manifestAt(name, peers.get(name));
  peers.set(name, written);
  put(name, written.body);
}
if (options.peerWrites !== undefined) {
  for (let i = 0; i < PEER_NAMES; i++) writePeer();
  setInterval(writePeer, 1_000 / options.peerWrites);
}

const store = `s3://catalog/reliability?endpoint=${double.endpoint}&region=us-east-1&path_style=true`;
if (options.checkpoint === true) await seedCheckpoint(double.objects, store, PREFIX);

// What the double remembers for tests would fill its memory.
setInterval(() => {
  double.seen.length = 0;
}, 1_000);
process.on('message', (next) => {
  weather = next as Weather;
});
process.once('disconnect', () => process.exit());
process.send?.(store);
