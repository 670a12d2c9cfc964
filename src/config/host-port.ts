import { type HostPort, parseHostPort } from '../client/address.ts';
import type { ValueType } from './setting.ts';

/** `HOST:PORT`, with IPv6 addresses in brackets. Port 0, where it is accepted, takes a free one. */
export function hostPort(lowestPort: 0 | 1): ValueType<HostPort> {
  return {
    placeholder: 'host:port',
    accepted: `HOST:PORT with a port of ${lowestPort} to 65535`,
    parse: (text) => parseHostPort(text, lowestPort),
  };
}
