import type { Setting } from './settings.ts';

/** Where the catalog is kept. */
export const STORE = {
  flag: '--store',
  env: 'CATALOGD_STORE',
  default: 'file:./catalogd-data',
  parse: parseStore,
} satisfies Setting<string>;

/** What relative keys of data objects are resolved against. */
export const DATA_ROOT = {
  flag: '--data-root',
  env: 'CATALOGD_DATA_ROOT',
  parse: parseDataRoot,
} satisfies Setting<string>;

/** Whether nobody else writes to the store, so that it need not honour conditions. */
export const EXCLUSIVE = {
  flag: '--exclusive',
  env: 'CATALOGD_EXCLUSIVE',
  default: 'false',
  parse: parseSwitch,
} satisfies Setting<boolean>;

/** Only the kind: the store itself checks the rest, and says what is wrong with it. */
function parseStore(text: string): string {
  if (!/^(file:.|s3:\/\/.|memory:$)/.test(text)) {
    throw new RangeError(
      `${quoteUrl(text)} is not a store; accepted: file:DIR, s3://BUCKET/PREFIX?OPTIONS, memory:`,
    );
  }
  return text;
}

/** @throws {RangeError} if the text is neither `true` nor `false`. */
export function parseSwitch(text: string): boolean {
  if (text !== 'true' && text !== 'false') {
    throw new RangeError(`${JSON.stringify(text)} is no switch; accepted: true, false`);
  }
  return text === 'true';
}

function parseDataRoot(text: string): string {
  const url = URL.parse(text);
  const wrong =
    url === null ||
    !/^[a-z][a-z0-9+.-]*:\/\/./i.test(text) ||
    url.username !== '' ||
    url.password !== '' ||
    /[?#]/.test(text);
  if (wrong) {
    throw new RangeError(
      `${quoteUrl(text)} is not an absolute URI without credentials and query, for example s3://bucket/data or file:///srv/data`,
    );
  }
  return text;
}

/** A URL to be shown in an error: without the credentials which it should not have. */
function quoteUrl(text: string): string {
  return JSON.stringify(text.replace(/(?<=\/\/)[^/?#]*@/, '***@'));
}
