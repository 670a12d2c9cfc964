import { setTimeout as delay } from 'node:timers/promises';
import type { BenchContext } from '../bench.ts';
import type { ChildServer } from './child-server.ts';
import type { Exchange } from './datasets.ts';
import { openCaller } from './grpc-caller.ts';
import { h2load } from './h2load.ts';
import { cpuTimeUs } from './process-tree.ts';
import { inTurns } from './statistics.ts';

/** A server under load, and what it must answer. */
export interface Subject extends ChildServer {
  /** The method's path. */
  readonly path: string;
  /** Every one is checked, before the load and again and again beside it. */
  readonly exchanges: readonly Exchange[];
}

/** How calls come: connections, times calls in flight on each. */
export interface Shape {
  readonly connections: number;
  readonly streams: number;
}

/** `1x64`, say. */
export const shapeName = ({ connections, streams }: Shape): string => `${connections}x${streams}`;

/** How long the checker waits between two calls: it is to look, not to load. */
const CHECK_EVERY_MS = 5;
/** How long one load is to last. */
const LOAD_SECONDS = 2;
/** h2load processes at most: each has one request of its own. */
const MAX_LOADERS = 8;

/**
 * Loads the subjects in turn, warmed up first, each load of about the same length.
 *
 * @param some so many calls warm a subject up, and suffice if the benchmark is to be quick.
 * @returns for each subject the medians of what {@link checkedLoad} gives.
 */
export async function loadInTurns<S extends string>(
  { quick, rounds, scratch }: BenchContext,
  subjects: Readonly<Record<S, Subject>>,
  shape: Shape,
  some: { readonly warmUp: number; readonly quick: number },
) {
  const calls = new Map<S, number>();
  const names = Object.keys(subjects) as S[];
  for (const name of names) {
    if (quick) {
      calls.set(name, some.quick);
    } else {
      const { perSecond } = await checkedLoad(scratch, subjects[name], shape, some.warmUp);
      calls.set(name, Math.ceil(perSecond * LOAD_SECONDS));
    }
  }
  return inTurns(rounds, names, (name, round) =>
    checkedLoad(scratch, subjects[name], shape, calls.get(name) ?? 0, round),
  );
}

/**
 * Puts a load on a subject, and checks meanwhile that its answers are the right bytes. Each connection,
 * up to eight, asks for something else, and each round for others than the one before.
 *
 * @returns CPU time of the subject's whole process tree per call, the checks counted as calls, and the
 *   rate of the load.
 * @throws {Error} for any wrong answer.
 */
export async function checkedLoad(
  folder: string,
  subject: Subject,
  { connections, streams }: Shape,
  calls: number,
  round = 0,
): Promise<{ cpuUs: number; perSecond: number }> {
  const { pid, address, path, exchanges } = subject;
  const checker = await openCaller(address);
  try {
    for (const exchange of exchanges) await check(checker, path, exchange);
    const loaders = Math.min(connections, MAX_LOADERS);
    const share = Math.ceil(calls / loaders);
    const began = cpuTimeUs(pid);
    let under = true;
    const loads = Promise.all(
      Array.from({ length: loaders }, (_, i) => {
        const exchange = exchangeAt(exchanges, round * loaders + i);
        return h2load(folder, {
          ...{ address, path, streams, calls: share, connections: connections / loaders },
          request: exchange.request,
          answerBytes: exchange.answer.length,
        });
      }),
    ).finally(() => {
      under = false;
    });
    let checks = 0;
    const checking = (async () => {
      for (; under; checks++) {
        await check(checker, path, exchangeAt(exchanges, checks));
        await delay(CHECK_EVERY_MS);
      }
    })();
    const [seconds] = await Promise.all([loads, checking]);
    const made = share * loaders;
    return {
      cpuUs: (cpuTimeUs(pid) - began) / (made + checks),
      perSecond: made / Math.max(...seconds),
    };
  } finally {
    checker.close();
  }
}

const exchangeAt = (exchanges: readonly Exchange[], i: number): Exchange =>
  exchanges[i % exchanges.length] as Exchange;

async function check(
  checker: Awaited<ReturnType<typeof openCaller>>,
  path: string,
  { request, answer }: Exchange,
): Promise<void> {
  const got = await checker.call(path, request);
  if (!got.equals(answer)) {
    throw new Error(`${path}: a wrong answer of ${got.length} bytes; right are ${answer.length}`);
  }
}
