import { Readable } from 'node:stream';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import type { Rehydrated } from '../../src/catalog/rehydrate.ts';
import type { Io } from '../../src/cli/io.ts';
import type { RunningCatalogd } from '../../src/server/catalogd.ts';
import type { CatalogdOptions } from '../../src/server/catalogd-options.ts';
import { capture } from './run-cli.ts';

const startCatalogd = jest.fn<(options: CatalogdOptions) => Promise<RunningCatalogd>>();
jest.unstable_mockModule('../../src/server/catalogd.ts', () => ({ startCatalogd }));
const { runCli } = await import('../../src/cli/run.ts');

afterEach(() => {
  startCatalogd.mockReset();
});

/** A service whose every step the test decides on. */
function controlled() {
  const ready = Promise.withResolvers<Rehydrated>();
  const stopped = Promise.withResolvers<void>();
  const stop = jest.fn(() => stopped.promise);
  const running: RunningCatalogd = {
    host: '::1',
    port: 7,
    admin: undefined,
    storeUrl: 'memory:',
    ready: ready.promise,
    stop,
  };
  return { ready, stopped, stop, running };
}

/** Runs `serve` with hand-made signals. */
function serve(args: string[] = [], stdout = capture()) {
  const stderr = capture();
  const listeners = new Set<(signal: 'SIGTERM' | 'SIGINT') => void>();
  const exits: number[] = [];
  const io: Io = {
    stdin: Readable.from([]),
    stdout,
    stderr,
    env: {},
    onStopSignal(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    exit: (code) => exits.push(code),
  };
  const code = runCli(['serve', ...args], io);
  const signal = (name: 'SIGTERM' | 'SIGINT') => {
    for (const listener of listeners) {
      listener(name);
    }
  };
  return { code, stdout, stderr, signal, exits, listeners };
}

/** Waits until the condition holds; jest's own time limit bounds it. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) {
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

describe('serve', () => {
  it('passes on its settings, says where it is, when it is ready, and drains at a signal', async () => {
    const { ready, stopped, stop, running } = controlled();
    startCatalogd.mockResolvedValue(running);
    const run = serve(['--store', 'memory:', '--listen', '[::1]:7', '--data-root', 's3://b']);
    await until(() => run.stdout.text.includes('listens'));
    expect(startCatalogd.mock.calls[0]?.[0]).toMatchObject({
      store: 'memory:',
      host: '::1',
      port: 7,
      dataRoot: 's3://b',
      drainTimeoutMs: 10_000,
      startTimeoutMs: 300_000,
    });
    expect(run.stdout.text).toMatch(/^catalogd \S+ listens on \[::1\]:7 and stores in memory:\n$/);
    ready.resolve({ manifests: 3, fromCheckpoint: 0 });
    await until(() => run.stdout.text.includes('ready with 3 manifests\n'));
    expect(stop).not.toHaveBeenCalled();

    run.signal('SIGTERM');
    await until(() => stop.mock.calls.length === 1);
    expect(await Promise.race([run.code, 'draining'])).toBe('draining');
    stopped.resolve();
    expect(await run.code).toBe(0);
    expect(run.exits).toEqual([]);
    expect(run.listeners.size).toBe(0);
  });

  it.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const)('exits at once at a second signal: %s', async (signal, code) => {
    const { stop, stopped, running } = controlled();
    startCatalogd.mockResolvedValue(running);
    const run = serve();
    await until(() => run.stdout.text.includes('listens'));
    run.signal('SIGTERM');
    await until(() => stop.mock.calls.length === 1);
    expect(run.exits).toEqual([]);
    run.signal(signal);
    expect(run.exits).toEqual([code]);
    stopped.resolve();
    await run.code;
  });

  it('stops in order at a signal during the start, ready or not', async () => {
    const { ready, stop, stopped, running } = controlled();
    stopped.resolve();
    const started = Promise.withResolvers<RunningCatalogd>();
    startCatalogd.mockReturnValue(started.promise);
    const run = serve();
    await until(() => startCatalogd.mock.calls.length === 1);
    run.signal('SIGINT');
    started.resolve(running);
    expect(await run.code).toBe(0);
    expect(stop).toHaveBeenCalledTimes(1);
    ready.reject(new Error('aborted')); // must not end the process as an unhandled rejection
    await new Promise((resolve) => setImmediate(resolve));
  });

  it('ends, though whoever should read what it prints has stopped reading', async () => {
    const { ready, stop, stopped, running } = controlled();
    startCatalogd.mockResolvedValue(running);
    stopped.resolve();
    ready.resolve({ manifests: 3, fromCheckpoint: 0 });
    const stuck = capture();
    stuck._write = () => {};
    const run = serve([], stuck);
    await until(() => stuck.writableLength > 0);
    run.signal('SIGTERM');
    expect(await run.code).toBe(0);
    expect(stop).toHaveBeenCalledTimes(1);
    expect(run.exits).toEqual([0]);
  });

  it('ends where the catalog cannot be loaded, though nobody reads what it prints', async () => {
    const { ready, stopped, running } = controlled();
    startCatalogd.mockResolvedValue(running);
    stopped.resolve();
    const stuck = capture();
    stuck._write = () => {};
    const run = serve([], stuck);
    await until(() => stuck.writableLength > 0);
    ready.reject(new Error('no store'));
    expect(await run.code).not.toBe(0);
  });

  it('goes on when nobody reads what it prints', async () => {
    const { ready, stop, stopped, running } = controlled();
    startCatalogd.mockResolvedValue(running);
    const closed = capture();
    let writes = 0;
    closed._write = (_chunk, _encoding, done) => {
      writes += 1;
      done(Object.assign(new Error('EPIPE'), { code: 'EPIPE' }));
    };
    const run = serve([], closed);
    ready.resolve({ manifests: 0, fromCheckpoint: 0 });
    await until(() => writes === 1);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(stop).not.toHaveBeenCalled();
    stopped.resolve();
    run.signal('SIGTERM');
    expect(await run.code).toBe(0);
    expect(stop).toHaveBeenCalledTimes(1);
  });

  const named = (name: string, more: object = {}) =>
    Object.assign(new Error(`why ${name}\n  "key": line`), { name }, more);

  it.each([
    [named('StoreConfigError'), 2],
    [named('ListenError'), 2],
    [named('AuditLogError'), 2],
    [named('StoreUnavailableError'), 6],
    [named('Error'), 1],
  ])('that cannot start reports %s and has exit code %i', async (error, code) => {
    startCatalogd.mockRejectedValue(error);
    const run = serve();
    expect(await run.code).toBe(code);
    expect(run.stdout.text).toBe('');
    expect(run.stderr.text).toContain(`why ${error.name}`);
    expect(run.stderr.text).toContain('\n  "key": line\n');
  });

  it.each([
    [named('RehydrateError', { bad: [{ key: 'k', problem: 'p' }] }), 8],
    [named('RehydrateError', { bad: [] }), 6],
  ])(
    'whose catalog cannot be loaded stops and has an exit code of its own',
    async (error, code) => {
      const { ready, stop, stopped, running } = controlled();
      startCatalogd.mockResolvedValue(running);
      stopped.reject(new Error('cannot close'));
      stopped.promise.catch(() => {});
      const run = serve();
      ready.reject(error);
      expect(await run.code).toBe(code);
      expect(stop).toHaveBeenCalledTimes(1);
      expect(run.stderr.text).toContain('why RehydrateError');
      expect(run.stdout.text).not.toContain('ready');
    },
  );

  it('that cannot stop has exit code 1', async () => {
    const { stopped, running } = controlled();
    startCatalogd.mockResolvedValue(running);
    const run = serve();
    await until(() => run.stdout.text.includes('listens'));
    run.signal('SIGTERM');
    stopped.reject(new Error('cannot close'));
    expect(await run.code).toBe(1);
    expect(run.stderr.text).toContain('cannot close');
  });
});
