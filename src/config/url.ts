import type { ValueType } from './setting.ts';
import { text } from './text.ts';

const STORES = 'file:DIR, s3://BUCKET/PREFIX?OPTIONS, memory:';
const DATA_ROOT =
  'an absolute URI without credentials and query, for example s3://bucket/data or file:///srv/data';

/** The URL of a store. Only its kind is checked: the store itself checks the rest. */
export const storeUrl: ValueType<string> = {
  placeholder: 'url',
  accepted: STORES,
  show: withoutCredentials,
  parse: (text) => {
    if (!/^(file:.|s3:\/\/.|memory:$)/.test(text)) {
      throw new RangeError(`${quoted(text)} is not a store; accepted: ${STORES}`);
    }
    return text;
  },
};

/** What relative keys of data objects are resolved against. */
export const dataRootUri: ValueType<string> = {
  placeholder: 'uri',
  accepted: DATA_ROOT,
  parse: (text) => {
    const url = URL.parse(text);
    const wrong =
      url === null ||
      !/^[a-z][a-z0-9+.-]*:\/\/./i.test(text) ||
      url.username !== '' ||
      url.password !== '' ||
      /[?#]/.test(text);
    if (wrong) throw new RangeError(`${quoted(text)} is not ${DATA_ROOT}`);
    return text;
  },
};

/** Where keys are. From a URL with credentials they could not be fetched, for `fetch` refuses it. */
export const keysUrlOrFile: ValueType<string> = {
  ...text('url or file'),
  parse: (given) => {
    const url = /^https?:/i.test(given) ? URL.parse(given) : null;
    if (url !== null && (url.username !== '' || url.password !== '')) {
      throw new RangeError(`${quoted(given)} is a URL with credentials; public keys need none`);
    }
    return text('url or file').parse(given);
  },
};

/** A URL to be shown: without the credentials which it should not have. */
function withoutCredentials(text: string): string {
  return text.replace(/(?<=\/\/)[^/?#]*@/, '***@');
}

function quoted(text: string): string {
  return JSON.stringify(withoutCredentials(text));
}
