/** As many rows as can be counted, in an int64: those of a file, and those of a dataset. */
export const MAX_ROWS = 2n ** 63n - 1n;
