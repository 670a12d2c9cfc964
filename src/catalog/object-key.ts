/** Where keys of data objects resolve to. */
export interface Roots {
  /** The absolute URI of the catalog's store, without a trailing slash; absent if data cannot be there. */
  readonly store?: string | undefined;
  /** Other URIs of the same place. */
  readonly aliases?: readonly string[] | undefined;
  /** The absolute URI which relative keys are resolved against; default: the store's. */
  readonly data?: string | undefined;
}

const RESERVED = '_catalog';

/**
 * Returns a test for keys of data objects that lie below the catalog's own `_catalog/` (R9), as
 * they resolve against the roots: absolute or relative, with `.` and `..`, doubled slashes,
 * percent-encoding, or in another case. It rather refuses one too many: no dataset has business
 * there.
 */
export function reservedKeys(roots: Roots): (key: string) => boolean {
  const { store, data = store, aliases = [] } = roots;
  const stores = store === undefined ? [] : [store, ...aliases];
  const places = stores.flatMap((uri) => forms(`${uri}/${RESERVED}`));
  // A relative key resolves below the store's root when no other data root is configured.
  const relativePlaces = data === store ? [...places, RESERVED] : places;
  // Nearly no key has anything to do with the place, and a call may bring 100,000 of them.
  const dataIsWithin = data !== undefined && forms(data).some((form) => within(form, places));
  return (key) => {
    if (!dataIsWithin && !/_catalog|%/i.test(key)) return false;
    if (/^[a-z][a-z0-9+.-]*:/i.test(key)) return forms(key).some((form) => within(form, places));
    const resolved = data === undefined ? [] : forms(`${data}/${key}`);
    // A path from the root of the file system is a file, whatever it is meant to be relative to.
    const absolute = key.startsWith('/') ? forms(`file://${key}`) : [];
    return [...forms(key), ...resolved, ...absolute].some((form) => within(form, relativePlaces));
  };
}

function within(form: string, places: readonly string[]): boolean {
  return places.some((place) => form === place || form.startsWith(`${place}/`));
}

/** The forms in which a store or a reader may understand a key: as it stands, and percent-decoded. */
function forms(key: string): string[] {
  return key.includes('%') ? [normalised(key), normalised(decoded(key))] : [normalised(key)];
}

function decoded(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}

/** One spelling for one place: scheme aliases, `.`, `..`, doubled slashes and case folded away. */
function normalised(key: string): string {
  const lower = key
    .toLowerCase()
    .replace(/^s3[an]:/, 's3:')
    .replace(/^file:\/\/localhost\//, 'file:///');
  const segments: string[] = [];
  for (const segment of lower.split(/[/\\]/)) {
    if (segment === '..') segments.pop();
    else if (segment !== '' && segment !== '.') segments.push(segment);
  }
  return segments.join('/');
}
