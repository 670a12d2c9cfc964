/** How much may be under way at once. */
export interface Bounds<T> {
  /** How many items, 1 or more. */
  readonly concurrency: number;
  /** What one item weighs, in bytes. */
  readonly weigh: (item: T) => number;
  /** What they may weigh together; a heavier item goes alone. */
  readonly maxWeight: number;
}

/**
 * Maps a sequence of any length with bounded concurrency and memory. Results come in the order of
 * the items, and so does the first failure; when it is thrown, nothing is under way any more.
 */
export async function* mapInOrder<T, R>(
  items: Iterable<T> | AsyncIterable<T>,
  { concurrency, weigh, maxWeight }: Bounds<T>,
  map: (item: T) => Promise<R>,
): AsyncGenerator<R> {
  const queue: { readonly result: Promise<R>; readonly weight: number }[] = [];
  let total = 0;
  const isFull = (weight: number) =>
    queue.length >= concurrency || (queue.length > 0 && total + weight > maxWeight);
  const takeFirst = async () => {
    const [first] = queue;
    if (first === undefined) throw new Error('nothing is under way');
    const result = await first.result;
    queue.shift();
    total -= first.weight;
    return result;
  };
  const source = sourceOf(items);
  let failure: { readonly error: unknown } | undefined;
  try {
    for (;;) {
      let next: IteratorResult<T>;
      try {
        next = await source.next();
      } catch (error) {
        // Its turn comes after that of the items before it.
        failure = { error };
        break;
      }
      if (next.done) break;
      const weight = weigh(next.value);
      while (isFull(weight)) yield await takeFirst();
      const result = map(next.value);
      // Awaited when its turn comes, but it may fail sooner.
      result.catch(() => {});
      queue.push({ result, weight });
      total += weight;
    }
    while (queue.length > 0) yield await takeFirst();
    if (failure !== undefined) throw failure.error;
  } finally {
    await Promise.allSettled(queue.map(({ result }) => result));
    await source.return?.();
  }
}

function sourceOf<T>(items: Iterable<T> | AsyncIterable<T>): AsyncIterator<T> | Iterator<T> {
  return Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
}
