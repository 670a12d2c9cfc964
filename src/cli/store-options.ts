import type { Command } from 'commander';
import type { SettingsTable } from '../config/setting.ts';
import { SETTINGS } from '../config/settings.ts';
import { addServiceOptions } from './setting-options.ts';

/**
 * Adds what every command takes that works on the store itself, without a service.
 *
 * @param table which settings of the service it takes besides the store.
 */
export function addStoreOptions(command: Command, table: SettingsTable = {}): Command {
  return addStoreOption(command, table).option(
    '--json',
    'print the report as JSON; errors too, on standard error',
  );
}

/** Adds the options that name the store: those of the service. */
export function addStoreOption(command: Command, table: SettingsTable = {}): Command {
  return addServiceOptions(command, { store: SETTINGS.store, ...table });
}
