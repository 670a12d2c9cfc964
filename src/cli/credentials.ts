import { readFileSync } from 'node:fs';
import type { TlsOptions } from '../client/client.ts';
import { onOff } from '../config/choice.ts';
import { ConfigError } from '../config/errors.ts';
import type { SettingsTable, Values } from '../config/setting.ts';
import type { Sources } from '../config/sources.ts';
import { text } from '../config/text.ts';
import { checkPem } from './check-pem.ts';
import { messageOf } from './message-of.ts';

/** How a command and the service prove to each other who they are. */
export const CREDENTIALS = {
  tls: {
    type: onOff(),
    absent: 'true if one of the next four is set',
    help: 'speak TLS with the service',
  },
  tlsCa: {
    type: text('file'),
    absent: 'those that Node trusts',
    help: "authorities in PEM that the service's certificate must come from",
  },
  tlsCert: {
    type: text('file'),
    absent: 'none is shown',
    help: "this client's certificate chain in PEM, for a service that asks for one",
  },
  tlsKey: {
    type: text('file'),
    absent: 'none',
    help: 'the key of that certificate in PEM',
  },
  tlsServerName: {
    type: text('name'),
    absent: 'the host of the address',
    help: "what the service's certificate must be for",
  },
  tokenFile: {
    type: text('file'),
    absent: 'no token is sent',
    help: 'a file with the bearer token to send, read anew for each attempt; or the token itself in CATALOGD_TOKEN',
  },
} as const satisfies SettingsTable;

/**
 * The same as options of a client.
 *
 * @throws {ConfigError} if a file cannot be read, or what is set does not go together.
 */
export function credentialsOf(settings: Values<typeof CREDENTIALS>, env: Sources['env']) {
  return { tls: tlsOf(settings), ...tokenOf(settings.tokenFile, env[TOKEN_ENV]) };
}

/** A token itself. There is no flag for it: every user of a machine sees the flags of all commands. */
const TOKEN_ENV = 'CATALOGD_TOKEN';

function tlsOf(settings: Values<typeof CREDENTIALS>): boolean | TlsOptions {
  const { tls, tlsCa, tlsCert, tlsKey, tlsServerName: serverName } = settings;
  if ((tlsCert === undefined) !== (tlsKey === undefined)) {
    throw new ConfigError(['--tls-cert and --tls-key go together: set both or none']);
  }
  const pem = {
    ...(tlsCa !== undefined && { ca: read('--tls-ca', tlsCa) }),
    ...(tlsCert !== undefined && { cert: read('--tls-cert', tlsCert) }),
    ...(tlsKey !== undefined && { key: read('--tls-key', tlsKey) }),
  };
  checkPem(pem);
  const files = { ...pem, ...(serverName !== undefined && { serverName }) };
  return (tls ?? Object.keys(files).length > 0) && files;
}

function tokenOf(file: string | undefined, given = ''): { readonly token?: () => string } {
  if (file === undefined) return given === '' ? {} : { token: () => given };
  const token = () => read('--token-file', file).trim();
  // A file that is not there is no reason to try again and again.
  token();
  return { token };
}

function read(flag: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new ConfigError([`${flag}: the file cannot be read: ${messageOf(cause)}`], { cause });
  }
}
