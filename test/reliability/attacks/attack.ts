import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../../linearizability/random.ts';

/** What an attack gets. Everything random in it comes from its own seed. */
export interface Target {
  readonly host: string;
  readonly port: number;
  readonly random: Random;
}

/** One of the things that a bad client does. Leaves no connection of its own behind. */
export type Attack = (target: Target) => Promise<void>;

/** Longest that an attack waits for the other side, in milliseconds. */
const PATIENCE_MS = 2_000;

/**
 * Opens a connection, has something done with it, waits until the other side has closed it or patience is
 * over, and leaves in one of the ways in which clients do.
 */
export async function withSocket(
  { host, port, random }: Target,
  use: (socket: Socket) => Promise<void> | void,
  patienceMs = random.below(PATIENCE_MS),
): Promise<void> {
  const socket = connect({ host, port, allowHalfOpen: random.chance(0.5) });
  socket.on('error', () => {});
  // Read and forget; or do not read at all, so that answers pile up at the other side.
  if (random.chance(0.8)) socket.resume();
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(PATIENCE_MS) });
    await use(socket);
    if (random.chance(0.3)) socket.end();
    await Promise.race([once(socket, 'close'), sleep(patienceMs)]);
  } catch {
    // Refused or broken off: that is the other side's good right.
  } finally {
    if (random.chance(0.5)) socket.resetAndDestroy();
    else socket.destroy();
  }
}

/** Writes, unless the other side has gone. Waits while it does not take more, but not for ever. */
export async function write(socket: Socket, bytes: Uint8Array | string): Promise<void> {
  if (socket.destroyed || !socket.writable) throw new Error('the other side has gone');
  if (socket.write(bytes)) return;
  await Promise.race([once(socket, 'drain'), once(socket, 'close'), sleep(PATIENCE_MS)]);
}

export function randomBytes(random: Random, length: number): Buffer {
  return Buffer.from(Array.from({ length }, () => random.below(256)));
}
