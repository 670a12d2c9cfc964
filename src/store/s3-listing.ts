import { isAscii } from 'node:buffer';
import type { ListObjectsV2Command } from '@aws-sdk/client-s3';

/** An object in a page of a listing. */
export interface PageObject {
  readonly key: string;
  readonly etag: string;
  readonly sizeBytes: number;
  readonly modifiedMs: number | undefined;
}

/** What one request of a listing has shown. */
export interface PageContents {
  /** `undefined` if the SDK has to read them: their form is not the one that is known here. */
  objects: readonly PageObject[] | undefined;
}

/**
 * Takes the objects out of a page before the SDK's XML parser sees it. That parser knows all of XML and
 * takes 13 to 27 ms for a page of 1,000 keys, half a minute for a million; the objects, which are nearly
 * all of a page, have one simple form. What has another is left to the SDK, as is all the rest.
 *
 * @returns where the objects are once the command has been answered.
 */
export function readContentsOf(command: ListObjectsV2Command): PageContents {
  const contents: PageContents = { objects: undefined };
  command.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      const response = result.response as {
        statusCode: number;
        body: AsyncIterable<Uint8Array> | Uint8Array;
      };
      if (response.statusCode !== 200) return result;
      const chunks: Uint8Array[] = [];
      for await (const chunk of response.body as AsyncIterable<Uint8Array>) chunks.push(chunk);
      const xml = Buffer.concat(chunks);
      const { objects, rest } = splitPage(xml);
      contents.objects = objects;
      response.body = rest;
      return result;
    },
    { step: 'deserialize', priority: 'low', name: 'catalogdContents' },
  );
  return contents;
}

const TAG = Buffer.from('<Contents');
const OPEN = Buffer.from('<Contents>');
const CLOSE = bytesOf('</Contents>');
const QUOTE = bytesOf('&quot;');
const [LESS, SLASH, AMPERSAND] = bytesOf('</&') as unknown as [number, number, number];
/** What an object has that is used here; it may lack the last. */
const FIELDS = ['Key', 'ETag', 'Size', 'LastModified'].map((name) => ({
  open: bytesOf(`<${name}>`),
  close: bytesOf(`</${name}>`),
}));

/**
 * Splits a page into its objects and what is left of it without them.
 *
 * @returns `objects` undefined if one of them is not of the known form.
 */
export function splitPage(page: Buffer): {
  readonly objects: readonly PageObject[] | undefined;
  readonly rest: Buffer;
} {
  const text = textOf(page);
  const places = new Int32Array(2 * FIELDS.length);
  const objects: PageObject[] = [];
  const rest: Buffer[] = [];
  let at = 0;
  for (;;) {
    // One after the other as a rule, and to search takes longer than to look.
    const open = startsWith(page, at, OPEN) ? at : page.indexOf(OPEN, at);
    if (open === -1) break;
    const end = findFields(page, open + OPEN.length, places);
    const object = end === -1 ? undefined : readObject(page, text, places);
    if (object === undefined) return { objects: undefined, rest: page };
    objects.push(object);
    if (open > at) rest.push(page.subarray(at, open));
    at = end;
  }
  const others = Buffer.concat([...rest, page.subarray(at)]);
  // With attributes, say: were they passed over, they would count as not there.
  return others.includes(TAG) ? { objects: undefined, rest: page } : { objects, rest: others };
}

/** Cuts text out of a page. */
type Text = (from: number, to: number) => string;

function textOf(page: Buffer): Text {
  if (!isAscii(page)) return (from, to) => page.toString('utf8', from, to);
  const text = page.toString('latin1');
  return (from, to) => text.slice(from, to);
}

/**
 * Finds the fields of the object that begins there. Byte by byte, for that is compiled to a load and a
 * comparison each, and a search in a string is a call, of which an object would take a dozen.
 *
 * @param places is told where the text of each field begins and ends.
 * @returns where the object ends; -1 if a field is there twice or has more than text.
 */
function findFields(page: Uint8Array, from: number, places: Int32Array): number {
  places.fill(0);
  for (let at = find(page, LESS, from); at < page.length; at = find(page, LESS, at + 1)) {
    if (page[at + 1] === SLASH) {
      if (startsWith(page, at, CLOSE)) return at + CLOSE.length;
      continue;
    }
    for (let i = 0; i < FIELDS.length; i++) {
      const { open, close } = FIELDS[i] as (typeof FIELDS)[number];
      if (!startsWith(page, at, open)) continue;
      const begin = at + open.length;
      at = find(page, LESS, begin);
      if (places[2 * i] !== 0 || !startsWith(page, at, close)) return -1;
      places[2 * i] = begin;
      places[2 * i + 1] = at;
      break;
    }
  }
  return -1;
}

function readObject(page: Uint8Array, text: Text, places: Int32Array): PageObject | undefined {
  // Not taken apart as an array, which makes an iterator and a dozen objects.
  const [keyAt, etagAt] = [places[0] as number, places[2] as number];
  const [sizeAt, timeAt] = [places[4] as number, places[6] as number];
  if (keyAt === 0 || etagAt === 0 || sizeAt === 0) return undefined;
  const key = readText(page, text, keyAt, places[1] as number);
  const etag = readEtag(page, text, etagAt, places[3] as number);
  const sizeBytes = readNumber(page, sizeAt, places[5] as number);
  if (key === undefined || etag === undefined || !Number.isSafeInteger(sizeBytes)) return undefined;
  const modifiedMs = timeAt === 0 ? Number.NaN : readTime(page, text, timeAt, places[7] as number);
  return { key, etag, sizeBytes, modifiedMs: Number.isNaN(modifiedMs) ? undefined : modifiedMs };
}

function readEtag(page: Uint8Array, text: Text, from: number, to: number): string | undefined {
  const [begin, end] = [from + QUOTE.length, to - QUOTE.length];
  const isQuoted = begin <= end && startsWith(page, from, QUOTE) && startsWith(page, end, QUOTE);
  if (isQuoted) return readText(page, text, begin, end);
  const etag = readText(page, text, from, to);
  return etag === undefined ? undefined : unquote(etag);
}

/** `undefined` if there is a reference that is not known. */
function readText(page: Uint8Array, text: Text, from: number, to: number): string | undefined {
  const shown = text(from, to);
  return find(page, AMPERSAND, from, to) === to ? shown : unescapeXml(shown);
}

/** NaN if there is anything but digits, or nothing. */
function readNumber(page: Uint8Array, from: number, to: number): number {
  let number = from < to ? 0 : Number.NaN;
  for (let at = from; at < to; at++) {
    const digit = (page[at] as number) - 0x30;
    number = digit >= 0 && digit <= 9 ? number * 10 + digit : Number.NaN;
  }
  return number;
}

/** NaN if it is no time. */
function readTime(page: Uint8Array, text: Text, from: number, to: number): number {
  // 2026-11-25T00:00:00.000Z, as all servers write it: to parse any time takes as long as all else here.
  if (to - from !== 24) return Date.parse(text(from, to));
  return Date.UTC(
    readNumber(page, from, from + 4),
    readNumber(page, from + 5, from + 7) - 1,
    readNumber(page, from + 8, from + 10),
    readNumber(page, from + 11, from + 13),
    readNumber(page, from + 14, from + 16),
    readNumber(page, from + 17, from + 19),
    readNumber(page, from + 20, from + 23),
  );
}

/** Where a byte is, or the end. */
function find(page: Uint8Array, byte: number, from: number, end = page.length): number {
  let at = from;
  while (at < end && page[at] !== byte) at++;
  return at;
}

function startsWith(page: Uint8Array, at: number, bytes: Uint8Array): boolean {
  for (let i = 0; i < bytes.length; i++) if (page[at + i] !== bytes[i]) return false;
  return true;
}

function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text));
}

/** An etag without the quotes, which some servers leave out in some answers. */
export function unquote(etag: string): string {
  return etag.startsWith('"') && etag.endsWith('"') && etag.length > 1 ? etag.slice(1, -1) : etag;
}

const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
};

/** Replaces the references of XML 1.0, section 4.1; `undefined` if there is one that it does not know. */
function unescapeXml(text: string): string | undefined {
  let known = true;
  const plain = text.replace(/&([^;&]*);?/g, (_, name: string) => {
    const [, hex, decimal] = /^#(?:x([\da-fA-F]{1,6})|(\d{1,7}))$/.exec(name) ?? [];
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    if (code <= 0x10ffff) return String.fromCodePoint(code);
    known &&= Object.hasOwn(ENTITIES, name);
    return ENTITIES[name] ?? '';
  });
  return known ? plain : undefined;
}
