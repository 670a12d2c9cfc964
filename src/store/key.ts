/**
 * Refuses a key which could leave the store's root or which a store could not give back unchanged:
 * an empty, `.` or `..` segment (a leading slash makes an empty one), a backslash, NUL, or text that
 * is no well-formed Unicode.
 *
 * @throws {TypeError} Callers guarantee good keys, so this is a defect, not a condition to handle.
 */
export function checkKey(key: string): void {
  const bad =
    !key.isWellFormed() ||
    /[\0\\]/.test(key) ||
    key.split('/').some((segment) => segment === '' || segment === '.' || segment === '..');
  if (bad) {
    throw new TypeError(`${JSON.stringify(key)} is not a store key: a relative path of segments`);
  }
}
