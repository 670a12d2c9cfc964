/** A number with what it counts: `1 dataset`, `2 datasets`. */
export function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
