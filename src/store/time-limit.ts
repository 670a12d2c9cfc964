/**
 * Waits for `work`, but not longer than `ms` milliseconds: then throws what `late` makes. The work
 * goes on; what becomes of it is no longer seen.
 */
export async function withTimeLimit<T>(
  work: Promise<T>,
  ms: number,
  late: () => Error,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late()), ms);
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}
