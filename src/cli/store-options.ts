import type { Command } from 'commander';
import { STORE } from './store-settings.ts';

/** Adds what every command takes that works on the store itself, without a service. */
export function addStoreOptions(command: Command): Command {
  return addStoreOption(command).option(
    '--json',
    'print the report as JSON; errors too, on standard error',
  );
}

/** Adds the option that names the store. */
export function addStoreOption(command: Command): Command {
  return command.option(
    '--store <url>',
    `where the catalog is kept, as for serve (env: ${STORE.env}, default: ${STORE.default})`,
  );
}
