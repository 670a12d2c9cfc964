import { type Command, Option } from 'commander';
import { CONFIG_FILE } from '../config/read.ts';
import { namedSettings, type SettingsTable } from '../config/setting.ts';

/** Adds a flag for each setting, and the help for it. */
export function addSettingOptions(command: Command, table: SettingsTable): Command {
  for (const { setting, flag, env } of namedSettings(table)) {
    const otherwise = setting.default ?? setting.absent;
    const note = otherwise === undefined ? '' : `, default: ${otherwise}`;
    const help = `${setting.help} (env: ${env}${note})`;
    if (setting.type.placeholder !== undefined) {
      command.addOption(new Option(`${flag} <${setting.type.placeholder}>`, help));
      continue;
    }
    // Both ways, for a flag has to prevail over a variable; the help shows the one that changes something.
    const on = new Option(flag, help);
    const off = new Option(flag.replace('--', '--no-'), help);
    const isOn = setting.default === 'true';
    command.addOption(on.hideHelp(isOn)).addOption(off.hideHelp(!isOn));
  }
  return command;
}

/** The same with the file that holds them. */
export function addServiceOptions(command: Command, table: SettingsTable): Command {
  command.option(`${CONFIG_FILE.flag} <file>`, `${CONFIG_FILE.help} (env: ${CONFIG_FILE.env})`);
  return addSettingOptions(command, table);
}
