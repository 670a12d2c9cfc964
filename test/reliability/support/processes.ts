import type { ChildProcess } from 'node:child_process';

const running = new Set<ChildProcess>();

// Whoever interrupts a program wants what it has started gone, too.
process.once('exit', () => {
  for (const each of running) each.kill('SIGKILL');
});
process.once('SIGINT', () => process.exit(130)).once('SIGTERM', () => process.exit(143));

/** Has a process end with this one, however that ends. */
export function stopAtExit(child: ChildProcess): void {
  running.add(child);
  child.once('exit', () => running.delete(child));
}

/** A command that keeps to one processor, if one is given. */
export function pinned(cpu: number | undefined, ...command: string[]): string[] {
  return cpu === undefined ? command : ['taskset', '-c', String(cpu), ...command];
}
