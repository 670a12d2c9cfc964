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

const MAX_ATTEMPTS = 100;

const ATTEMPTS = {
  flag: '--attempts',
  env: 'CATALOGD_ATTEMPTS',
  default: '5',
  parse: parseAttempts,
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
      `how long one call may take, repetitions included, such as 500ms or 10s (env: ${TIMEOUT.env}, default: ${TIMEOUT.default})`,
    )
    .option(
      '--attempts <n>',
      `how often a call is made at most while the service is unavailable (env: ${ATTEMPTS.env}, default: ${ATTEMPTS.default})`,
    )
    .option('--json', 'print proto3 JSON, one value a line; errors too, on standard error');
}

/**
 * Runs an action with a client, and closes it.
 *
 * @throws {UsageError} if the address, the timeout or the number of attempts is not one.
 */
export async function withClient<T>(
  source: Source,
  action: (client: CatalogClient) => Promise<T>,
): Promise<T> {
  const address = readSetting(ADDRESS, source);
  const timeoutMs = readSetting(TIMEOUT, source);
  const maxAttempts = readSetting(ATTEMPTS, source);
  // Loaded only now: help and usage errors do without.
  const { createCatalogClient } = await import('../client/client.ts');
  const client = createCatalogClient({ address, timeoutMs, retry: { maxAttempts } });
  try {
    return await action(client);
  } finally {
    client.close();
  }
}

function parseAttempts(text: string): number {
  const attempts = Number(text);
  if (!/^\d{1,3}$/.test(text) || attempts < 1 || attempts > MAX_ATTEMPTS) {
    throw new RangeError(
      `${JSON.stringify(text)} is not a whole number of 1 to ${MAX_ATTEMPTS}; 1 means that nothing is repeated`,
    );
  }
  return attempts;
}
