import type { Command } from 'commander';
import { addConnectionOptions } from '../connection.ts';
import type { Io } from '../io.ts';
import { repeatable } from '../repeatable.ts';

const EXAMPLES = `
Examples:
  $ catalogd list
  $ catalogd list --prefix sales/ --limit 20
  $ catalogd list --label team=sales --updated-since 2026-11-22
  $ catalogd list --json | jq -r .name                 one manifest a line, as it arrives
  $ catalogd list --json --view full > catalog.ndjson  with all objects`;

/** Declares `catalogd list`. */
export function listCommand(program: Command, io: Io): void {
  addConnectionOptions(
    program
      .command('list')
      .summary('list the datasets')
      .description(
        'Lists all datasets, or those selected, in the byte order of their names. The listing is fetched in pages while it is printed and is never cut, but for --limit.',
      )
      .option('--prefix <prefix>', 'only names that begin with this')
      .option('--limit <n>', 'at most this many datasets')
      .option('--page-size <n>', 'how many to fetch at once, 1 to 1000 (default: 100)')
      .option(
        '--view <view>',
        'basic; full or schema, which put objects and schema, or the schema, into the --json output (default: basic)',
      )
      .option('--show-deleted', 'list deleted datasets too')
      .option('--label <key=value>', 'only datasets with this label; repeatable', repeatable)
      .option('--label-key <key>', 'only datasets with a label of this key; repeatable', repeatable)
      .option('--updated-since <time>', 'only those updated then or later, such as 2026-11-22')
      .option('--updated-before <time>', 'only those updated before, such as 2026-11-22T09:50:19Z'),
  )
    .addHelpText('after', EXAMPLES)
    .action(async (flags) => {
      const { list } = await import('../actions/list.ts');
      await list(flags, io);
    });
}
