import {
  create,
  type DescField,
  type DescMessage,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from '@bufbuild/protobuf';
import { WireType } from '@bufbuild/protobuf/wire';

/** Encoded messages that are the values of one field of an answer. */
export interface Ready {
  /** A message field, or a repeated one of messages; no number in the answer is below its own. */
  readonly field: DescField;
  /** In order. At most one where the field is not repeated. */
  readonly values: readonly Uint8Array[];
}

/**
 * What a handler answers: bytes, and the message on request. What is ready, as the index keeps it, is
 * copied as it is where bytes are wanted, and decoded only where a message is (JSON, Connect).
 */
export class Answer<O extends DescMessage> {
  readonly #desc: O;
  readonly #rest: MessageInitShape<O> | undefined;
  readonly #ready: Ready | undefined;
  #encodedRest: Uint8Array | undefined;

  /**
   * @param rest all fields but the one that is ready; absent: none is set.
   * @param ready the values of one field, encoded already.
   */
  constructor(desc: O, rest?: MessageInitShape<O>, ready?: Ready) {
    this.#desc = desc;
    this.#rest = rest;
    this.#ready = ready;
  }

  /** Bytes of the encoded message. */
  get byteLength(): number {
    let length = this.#restBytes().length;
    if (this.#ready === undefined) return length;
    const { field, values } = this.#ready;
    const tagLength = varintLength(tagOf(field));
    for (const value of values) {
      length += tagLength + varintLength(value.length) + value.length;
    }
    return length;
  }

  /** Writes the encoded message, all {@link byteLength} bytes of it. The target is the caller's. */
  encodeInto(target: Uint8Array, offset: number): void {
    let at = offset;
    if (this.#ready !== undefined) {
      const tag = tagOf(this.#ready.field);
      for (const value of this.#ready.values) {
        at = writeVarint(target, at, tag);
        at = writeVarint(target, at, value.length);
        target.set(value, at);
        at += value.length;
      }
    }
    target.set(this.#restBytes(), at);
  }

  /** The message: one of its own for each call, to do with as one likes (R7). */
  message(): MessageShape<O> {
    const message = create(this.#desc, this.#rest);
    if (this.#ready === undefined) return message;
    const { field, values } = this.#ready;
    if (field.message === undefined) throw new Error(`${field} holds no messages`);
    const fields = message as Record<string, unknown>;
    const decoded = values.map((value) => fromBinary(field.message as DescMessage, value));
    fields[field.localName] = field.fieldKind === 'list' ? decoded : decoded[0];
    return message;
  }

  #restBytes(): Uint8Array {
    if (this.#rest === undefined) return NOTHING;
    this.#encodedRest ??= toBinary(this.#desc, create(this.#desc, this.#rest));
    return this.#encodedRest;
  }
}

const NOTHING = new Uint8Array();

function tagOf(field: DescField): number {
  return (field.number << 3) | WireType.LengthDelimited;
}

function varintLength(value: number): number {
  let length = 1;
  for (let rest = value; rest > 0x7f; rest >>>= 7) length += 1;
  return length;
}

/** @returns the place behind what was written. */
function writeVarint(target: Uint8Array, offset: number, value: number): number {
  let at = offset;
  let rest = value;
  for (; rest > 0x7f; rest >>>= 7) target[at++] = (rest & 0x7f) | 0x80;
  target[at++] = rest;
  return at;
}
