/**
 * Prints the code of a Markdown page, so that CI runs what the page shows and not a copy of it.
 *
 *   node test/interop/fenced-blocks.mjs PAGE INFO
 *
 * All blocks fenced as ```INFO, in order, with a blank line between them. INFO counts to the letter:
 * `python` does not mean the blocks fenced as ```python wrong.
 */
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

/**
 * All fenced blocks of a page, in order.
 *
 * @param {string} markdown
 * @returns {{ info: string, code: string }[]}
 * @throws {Error} if a block is not closed.
 */
export function allBlocks(markdown) {
  const blocks = [];
  let open = null;
  for (const line of markdown.split(/\r?\n/)) {
    if (open === null) {
      const fence = /^(`{3,})(.*)$/.exec(line);
      if (fence !== null) open = { fence: fence[1], info: fence[2].trim(), lines: [] };
    } else if (line.trimEnd() === open.fence) {
      blocks.push({ info: open.info, code: `${open.lines.join('\n')}\n` });
      open = null;
    } else {
      open.lines.push(line);
    }
  }
  if (open !== null) throw new Error(`a block fenced as \`\`\`${open.info} is not closed`);
  return blocks;
}

/**
 * The contents of all blocks whose info string is `info`.
 *
 * @param {string} markdown
 * @param {string} info
 * @throws {Error} if a block is not closed, or there is none of that kind.
 */
export function fencedBlocks(markdown, info) {
  const blocks = allBlocks(markdown).filter((block) => block.info === info);
  if (blocks.length === 0) throw new Error(`no block is fenced as \`\`\`${info}`);
  return blocks.map(({ code }) => code);
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [page, info] = process.argv.slice(2);
  if (page === undefined || info === undefined) throw new Error('usage: PAGE INFO');
  process.stdout.write(fencedBlocks(readFileSync(page, 'utf8'), info).join('\n'));
}
