/**
 * Writes the table of settings in docs/configuration.md, which is made from src/config/settings.ts.
 *
 *   node scripts/config-docs.ts            writes it
 *   node scripts/config-docs.ts --check    ends with 1 if it is not as it should be
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { namedSettings } from '../src/config/setting.ts';
import { SETTINGS } from '../src/config/settings.ts';

const PAGE = new URL('../docs/configuration.md', import.meta.url);
const TABLE = /(?<=<!-- settings -->\n)[\s\S]*(?=<!-- end of settings -->)/;

const rows = namedSettings(SETTINGS).map(({ setting, path, flag, env }) => {
  const { type, help, default: text, absent, secret } = setting;
  const isSwitch = type.placeholder === undefined;
  const shownFlag = isSwitch && text === 'true' ? flag.replace('--', '--no-') : flag;
  const otherwise = text === undefined ? (absent ?? 'not set') : `\`${text}\``;
  const meaning = `${help}; accepted: ${type.accepted}${secret ? '; secret' : ''}`;
  const cells = [`\`${path}\`<br>\`${shownFlag}\`<br>\`${env}\``, otherwise, meaning];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
});
const table = ['| setting | default | meaning |', '|---|---|---|', ...rows, ''].join('\n');
const page = readFileSync(PAGE, 'utf8');
const wanted = page.replace(TABLE, () => table);

if (process.argv.includes('--check')) {
  if (!TABLE.test(page) || page !== wanted) {
    console.error(
      'docs/configuration.md: the table of settings is not up to date: npm run generate',
    );
    process.exitCode = 1;
  }
} else {
  writeFileSync(PAGE, wanted);
}
