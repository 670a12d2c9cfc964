import type { CanonicalLogicalType, SchemaNode } from './schema-node.ts';

/** A field's type in one line of words, without its children: `OPTIONAL INT64 TIMESTAMP(MICROS, UTC)`. */
export function describeType({
  repetition,
  physicalType,
  typeLength,
  logicalType,
}: SchemaNode): string {
  const length = typeLength === null ? '' : `(${typeLength})`;
  const logical = logicalType === null ? '' : ` ${nameOf(logicalType)}`;
  return `${repetition} ${physicalType ?? 'group'}${length}${logical}`;
}

function nameOf([name, ...parameters]: Exclude<CanonicalLogicalType, null>): string {
  switch (name) {
    case 'TIME':
    case 'TIMESTAMP':
      return `${name}(${parameters[1]}, ${parameters[0] ? 'UTC' : 'local'})`;
    case 'INTEGER':
      return `INTEGER(${parameters[0]}, ${parameters[1] ? 'signed' : 'unsigned'})`;
    case 'DECIMAL':
      return `DECIMAL(precision ${parameters[1]}, scale ${parameters[0]})`;
    default:
      return parameters.length === 0 ? name : `${name}(${parameters.map(short).join(', ')})`;
  }
}

/** A coordinate reference system may be a whole document, line feeds included. */
function short(parameter: string | number | boolean): string {
  const text = String(parameter);
  if (/^[!-~]{0,64}$/.test(text)) return text;
  return JSON.stringify(text.length > 64 ? `${text.slice(0, 64)}...` : text);
}
