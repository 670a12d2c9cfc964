/** What the files of a dataset are called, unless they are given one by one or by a glob. */
const SUFFIX = '.parquet';

/**
 * Whether a file or folder within a folder counts, by its name: as for Spark and Hive, names that begin
 * with `.` or `_` do not (`_temporary`, `_delta_log`, `_metadata`), except for partition folders such as
 * `_year=2024`.
 */
export function isVisible(name: string): boolean {
  return !name.startsWith('.') && !(name.startsWith('_') && !name.includes('='));
}

/** Whether a file within a folder is taken for data. */
export function isDataFile(name: string): boolean {
  return name.endsWith(SUFFIX) && isVisible(name);
}
