/**
 * Maps with at most `concurrency` calls under way, 1 if it is less; results come in the order of the
 * items. Calls begin in that order too and none begins after a failure, so that the failure thrown
 * is that of the first item which fails, whatever the timing. No call is under way when it is thrown.
 */
export async function mapInOrder<T, R>(
  items: readonly T[],
  concurrency: number,
  map: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const failures: { readonly index: number; readonly error: unknown }[] = [];
  const work = async (): Promise<void> => {
    while (failures.length === 0 && next < items.length) {
      const index = next++;
      try {
        results[index] = await map(items[index] as T);
      } catch (error) {
        failures.push({ index, error });
      }
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, concurrency) }, work));
  const [first] = failures.sort((a, b) => a.index - b.index);
  if (first !== undefined) throw first.error;
  return results;
}
