import type { Command } from 'commander';
import { formatHostPort, isLoopback } from '../client/address.ts';
import type { CatalogClient } from '../client/client.ts';
import { count } from '../config/count.ts';
import { duration } from '../config/duration.ts';
import { ConfigError } from '../config/errors.ts';
import { hostPort } from '../config/host-port.ts';
import { readFlags } from '../config/read.ts';
import type { SettingsTable } from '../config/setting.ts';
import type { Sources } from '../config/sources.ts';
import { CREDENTIALS, credentialsOf } from './credentials.ts';
import { addSettingOptions } from './setting-options.ts';

const MAX_ATTEMPTS = 100;

/** What every command takes that calls a running service. */
const SETTINGS = {
  address: {
    type: hostPort(1),
    default: '127.0.0.1:7070',
    help: 'where the service listens',
  },
  timeoutMs: {
    type: duration(),
    default: '30s',
    help: 'how long one call may take, repetitions included, such as 500ms or 10s',
  },
  attempts: {
    type: count(1, MAX_ATTEMPTS, '1 means that nothing is repeated'),
    default: '5',
    help: 'how often a call is made at most while the service is unavailable',
  },
  ...CREDENTIALS,
} as const satisfies SettingsTable;

/** Adds what every command takes that calls a running service. */
export function addConnectionOptions(command: Command): Command {
  return addSettingOptions(command, SETTINGS).option(
    '--json',
    'print proto3 JSON, one value a line; errors too, on standard error',
  );
}

/**
 * Runs an action with a client, and closes it.
 *
 * @throws {ConfigError} if a setting is wrong.
 */
export async function withClient<T>(
  sources: Sources,
  action: (client: CatalogClient) => Promise<T>,
): Promise<T> {
  const { address, timeoutMs, attempts, ...credentials } = readFlags(SETTINGS, sources);
  const { tls, token } = credentialsOf(credentials, sources.env);
  if (token !== undefined && tls === false && !isLoopback(address.host)) {
    throw new ConfigError([
      `a token is not sent to ${formatHostPort(address)} in the clear: set --tls, or --tls-ca with the service's authorities`,
    ]);
  }
  // Loaded only now: help and usage errors do without.
  const { createCatalogClient } = await import('../client/client.ts');
  const client = createCatalogClient({
    address: formatHostPort(address),
    timeoutMs,
    retry: { maxAttempts: attempts },
    tls,
    ...(token && { token }),
  });
  try {
    return await action(client);
  } finally {
    client.close();
  }
}
