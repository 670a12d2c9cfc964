import type { Command } from 'commander';
import { formatHostPort, parseHostPort } from '../client/address.ts';
import type { CatalogClient } from '../client/client.ts';
import { parseDuration } from './duration.ts';
import { readSetting, type Setting, type Source } from './settings.ts';

const ADDRESS = {
  flag: '--address',
  env: 'CATALOGD_ADDRESS',
  default: '127.0.0.1:7070',
  parse: (text: string) => formatHostPort(parseHostPort(text, 1)),
} satisfies Setting<string>;

const TIMEOUT = {
  flag: '--timeout',
  env: 'CATALOGD_TIMEOUT',
  default: '30s',
  parse: parseDuration,
} satisfies Setting<number>;

/** Adds what every command takes that calls a running service. */
export function addConnectionOptions(command: Command): Command {
  return command
    .option(
      '--address <host:port>',
      `where the service listens (env: ${ADDRESS.env}, default: ${ADDRESS.default})`,
    )
    .option(
      '--timeout <duration>',
      `how long one call may take, such as 500ms or 10s (env: ${TIMEOUT.env}, default: ${TIMEOUT.default})`,
    )
    .option('--json', 'print proto3 JSON, one value a line; errors too, on standard error');
}

/**
 * Runs an action with a client, and closes it.
 *
 * @throws {UsageError} if the address or the timeout is not one.
 */
export async function withClient<T>(
  source: Source,
  action: (client: CatalogClient) => Promise<T>,
): Promise<T> {
  const address = readSetting(ADDRESS, source);
  const timeoutMs = readSetting(TIMEOUT, source);
  // Loaded only now: help and usage errors do without.
  const { createCatalogClient } = await import('../client/client.ts');
  const client = createCatalogClient({ address, timeoutMs });
  try {
    return await action(client);
  } finally {
    client.close();
  }
}
