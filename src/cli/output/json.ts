import { type DescMessage, type MessageShape, toJson } from '@bufbuild/protobuf';
import { jsonLine } from './escape.ts';

/** A message as one line of proto3 JSON, with zero values and false shown and int64 as strings. */
export function messageLine<D extends DescMessage>(schema: D, message: MessageShape<D>): string {
  return jsonLine(toJson(schema, message, { alwaysEmitImplicit: true }));
}
