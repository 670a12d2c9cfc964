import { Document, isScalar, type Scalar } from 'yaml';
import type { Effective } from './read.ts';

/**
 * The effective configuration as a file that may be given to `--config` again, each value with where it
 * came from. What is secret is left out, and said to be there.
 */
export function renderConfig(effective: readonly Effective[]): string {
  const document = new Document({});
  for (const { named, given } of effective) {
    const { setting, path } = named;
    const keys = path.split('.');
    const shown = given === undefined || setting.secret ? null : show(setting.type, given.text);
    document.setIn(keys, document.createNode(shown));
    const node = document.getIn(keys, true);
    if (isScalar(node)) (node as Scalar).comment = ` ${noteOf({ named, given })}`;
  }
  return document.toString({ lineWidth: 0 });
}

function noteOf({ named, given }: Pick<Effective, 'named' | 'given'>): string {
  const { secret, absent } = named.setting;
  if (given === undefined) return absent === undefined ? 'not set' : `not set: ${absent}`;
  return secret ? `secret, from ${given.origin}` : given.origin;
}

function show(type: Effective['named']['setting']['type'], text: string): string | boolean {
  if (type.placeholder === undefined) return text === 'true';
  return type.show?.(text) ?? text;
}
