/**
 * Loaded into the service under test: answers each connection to the socket RELIABILITY_PROBE with one
 * line of JSON about the process, taken after two full collections of garbage.
 */
import { createServer } from 'node:net';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc');
// Nothing that the service itself forks may answer in its place.
const { RELIABILITY_PROBE: path } = process.env;
delete process.env.RELIABILITY_PROBE;

const delay = monitorEventLoopDelay({ resolution: 10 });
delay.enable();

if (path !== undefined) {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    // Before the collection, which would be part of it.
    const eventLoopP99Ms = delay.percentile(99) / 1e6;
    gc();
    setImmediate(() => {
      gc();
      const { rss, heapUsed, external, arrayBuffers } = process.memoryUsage();
      const resources = {};
      for (const each of process.getActiveResourcesInfo()) {
        resources[each] = (resources[each] ?? 0) + 1;
      }
      delay.reset();
      const answer = { rss, heapUsed, external, arrayBuffers, eventLoopP99Ms, resources };
      socket.end(`${JSON.stringify(answer)}\n`);
    });
  });
  server.listen(path);
  server.unref();
}
