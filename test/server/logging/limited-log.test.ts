import { describe, expect, it } from '@jest/globals';
import { limitedLog } from '../../../src/server/logging/limited-log.ts';

/** A log whose window ends when the test says so. */
function limited() {
  const lines: string[] = [];
  let now = 0;
  let suppressed = 0;
  let waits: (() => void)[] = [];
  const write = (level: string) => (fields: object, message: string) =>
    void lines.push(`${level} ${message} ${JSON.stringify(fields)}`);
  const log = limitedLog(
    { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') },
    {
      runtime: {
        monotonic: () => now,
        sleep: () => new Promise<void>((resolve) => waits.push(resolve)),
      },
      burst: 2,
      windowMs: 1_000,
      suppressed: () => {
        suppressed += 1;
      },
      ending: new AbortController().signal,
    },
  );
  const endWindow = async () => {
    now += 1_000;
    for (const wake of waits) wake();
    waits = [];
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { log, lines, endWindow, suppressed: () => suppressed };
}

describe('a log that does not drown', () => {
  it('writes the first of a kind, and how many were left out at the end of the window', async () => {
    const { log, lines, endWindow, suppressed } = limited();
    for (let i = 0; i < 10_000; i++) log.warn({ rpc: 'Get', code: 'Unavailable', i }, 'failed');
    expect(lines).toHaveLength(2);
    expect(suppressed()).toBe(9_998);
    await endWindow();
    expect(lines[2]).toBe(
      'warn more lines of this kind were left out: failed {"rpc":"Get","code":"Unavailable","suppressed":9998}',
    );
    log.warn({ rpc: 'Get', code: 'Unavailable' }, 'failed');
    expect(lines).toHaveLength(4);
  });

  it('accounts for each line, those at the end of the process included', async () => {
    const lines: { i?: number; suppressed?: number }[] = [];
    const write = (fields: object) => void lines.push(fields);
    const ending = new AbortController();
    const log = limitedLog(
      { debug: write, info: write, warn: write, error: write },
      {
        runtime: {
          monotonic: () => 0,
          sleep: (_, signal) =>
            new Promise<void>((resolve) => {
              if (signal?.aborted) resolve();
              else signal?.addEventListener('abort', () => resolve());
            }),
        },
        burst: 2,
        suppressed() {},
        ending: ending.signal,
      },
    );
    for (let i = 0; i < 10; i++) log.warn({ i }, 'failed');
    ending.abort();
    for (let i = 10; i < 20; i++) {
      await new Promise((resolve) => setImmediate(resolve));
      log.warn({ i }, 'failed');
    }
    await new Promise((resolve) => setImmediate(resolve));
    const written = lines.filter(({ i }) => i !== undefined).length;
    const told = lines.reduce((sum, { suppressed = 0 }) => sum + suppressed, 0);
    expect(written + told).toBe(20);
  });

  it('keeps kinds apart: by level, message, method, code and reason', () => {
    const { log, lines } = limited();
    for (let i = 0; i < 3; i++) {
      log.warn({ rpc: 'Get', code: 'Unavailable' }, 'failed');
      log.warn({ rpc: 'List', code: 'Unavailable' }, 'failed');
      log.warn({ rpc: 'Get', code: 'Unavailable', reason: 'NOT_READY' }, 'failed');
      log.error({ rpc: 'Get', code: 'Unavailable' }, 'failed');
      log.info({}, 'other');
    }
    expect(lines).toHaveLength(10);
  });

  it('leaves the level debug alone: who turns it on wants everything', () => {
    const { log, lines } = limited();
    for (let i = 0; i < 5; i++) log.debug({}, 'detail');
    expect(lines).toHaveLength(5);
  });

  it('does not remember without bound kinds that never come again', () => {
    const { log, lines } = limited();
    for (let i = 0; i < 5_000; i++) log.warn({}, `message ${i}`);
    expect(lines).toHaveLength(5_000);
  });
});
