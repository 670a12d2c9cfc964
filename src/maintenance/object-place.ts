import { fileURLToPath } from 'node:url';

/** Where a data object is to be looked for. */
export type ObjectPlace =
  | { readonly kind: 's3'; readonly bucket: string; readonly key: string }
  | { readonly kind: 'file'; readonly path: string }
  /** Nowhere that catalogd can look, and why: one of few sentences, without the key. */
  | { readonly kind: 'nowhere'; readonly reason: string };

const ABSOLUTE = /^[a-z][a-z0-9+.-]*:/i;

/**
 * Finds where a data object lies. Keys and prefixes in S3 are taken character by character; paths in
 * file URIs are percent-decoded, and what is relative to one is not.
 *
 * @param root the absolute URI which relative keys are resolved against, if there is one.
 */
export function placeOf(key: string, root: string | undefined): ObjectPlace {
  if (ABSOLUTE.test(key)) return absolute(key, '');
  if (key.startsWith('/')) return nowhere('the key is a path, neither a URI nor relative');
  if (root === undefined) return nowhere('the key is relative and there is no data root');
  return absolute(root.replace(/\/+$/, ''), `/${key}`);
}

function absolute(uri: string, rest: string): ObjectPlace {
  const scheme = ABSOLUTE.exec(uri)?.[0].toLowerCase();
  if (scheme === 's3:') {
    const [, bucket, key] = /^s3:\/\/([a-z0-9._-]{3,63})\/(.+)$/is.exec(uri + rest) ?? [];
    return bucket === undefined || key === undefined
      ? nowhere('the key is not of the form s3://bucket/key')
      : { kind: 's3', bucket, key };
  }
  if (scheme !== 'file:') return nowhere(`keys with ${scheme} are not looked up`);
  try {
    return { kind: 'file', path: fileURLToPath(uri) + rest };
  } catch {
    return nowhere('the key is not a file URI of this machine, such as file:///srv/data');
  }
}

function nowhere(reason: string): ObjectPlace {
  return { kind: 'nowhere', reason };
}
