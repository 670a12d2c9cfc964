import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** How long a tick of /proc is, in microseconds. */
const TICK_US = 1e6 / Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/**
 * CPU time that a process and everything below it has used so far, in microseconds, in user and kernel
 * together. Counts processes that have ended if their parent has waited for them. The resolution is one
 * tick, 10 ms as a rule: measure a second or more.
 *
 * @throws {Error} if there is no such process (ENOENT).
 */
export function cpuTimeUs(pid: number): number {
  return [pid, ...descendants(pid)].reduce((sum, each) => sum + ticks(each, each === pid), 0);
}

/** The processes below one, at this moment. */
export function descendants(pid: number): number[] {
  const children = Map.groupBy(processes(), ({ parent }) => parent);
  const below = (each: number): number[] =>
    (children.get(each) ?? []).flatMap((child) => [child.pid, ...below(child.pid)]);
  return below(pid);
}

/** Ends everything below this process at once. */
export function killDescendants(): void {
  for (const pid of descendants(process.pid)) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  }
}

/** The most memory that a process has ever held (VmHWM), in bytes. @throws if it has ended. */
export function peakMemoryBytes(pid: number): number {
  return memory(pid, 'VmHWM');
}

/** The memory that a process holds (VmRSS), in bytes. @throws if it has ended. */
export function memoryBytes(pid: number): number {
  return memory(pid, 'VmRSS');
}

function memory(pid: number, field: string): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const kib = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1];
  if (kib === undefined) throw new Error(`process ${pid} has ended`);
  return Number(kib) * 1024;
}

function ticks(pid: number, mustBe: boolean): number {
  const fields = stat(pid);
  if (fields === undefined) {
    if (mustBe) throw new Error(`process ${pid} has ended`);
    return 0;
  }
  // utime, stime, cutime, cstime: fields 14 to 17 of proc_pid_stat(5).
  return fields.slice(11, 15).reduce((sum, each) => sum + Number(each), 0) * TICK_US;
}

function processes(): { pid: number; parent: number }[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const parent = stat(Number(name))?.[1];
      return parent === undefined ? [] : [{ pid: Number(name), parent: Number(parent) }];
    });
}

/** The fields from the third on: the second, the name in parentheses, may hold anything. */
function stat(pid: number): string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}
