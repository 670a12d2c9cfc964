/**
 * Runs the tour of a Markdown page as it stands: each block fenced as ```console, in order, in one
 * bash, so that variables and background jobs live on from block to block.
 *
 *   node test/interop/readme-tour.mjs [PAGE] [--list]
 *
 * The page is README.md by default; commands run in the current folder. In a block a line that begins
 * with `$ ` is a command, continued by lines that begin with `> ` or follow a trailing backslash; all
 * other lines are the output it must have, both streams together:
 *
 *  - `...` stands for any text, on a line of its own for any number of lines.
 *  - Uuids, times, etags, ports above 1024 after a loopback address, process ids and other long
 *    hexadecimal runs may be any; runs of blanks count as one.
 *  - A command without output shown may print anything. One that ends in `&` has 30 s to print what is
 *    shown, and goes on running.
 *
 * A command must exit with 0, unless the next one shows `$?`.
 */
import { spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const COMMAND_LIMIT_MS = 300_000;
const BACKGROUND_LIMIT_MS = 30_000;

/**
 * The steps of a page: the command, the lines expected (null where none are shown), and its line.
 *
 * @param {string} markdown
 */
function parseTour(markdown) {
  const steps = [];
  let fence = null;
  let step = null;
  let continues = false;
  for (const [index, line] of markdown.split(/\r?\n/).entries()) {
    if (fence === null) {
      fence = /^(`{3,})console\b/.exec(line)?.[1] ?? null;
      step = null;
    } else if (line.trimEnd() === fence) {
      fence = null;
    } else if (step !== null && continues) {
      step.command += `\n${line.replace(/^> /, '')}`;
    } else if (line.startsWith('$ ')) {
      step = { command: line.slice(2), expected: null, line: index + 1 };
      steps.push(step);
    } else if (step === null) {
      throw new Error(`line ${index + 1}: a console block has to begin with a command: "$ ..."`);
    } else if (line.startsWith('> ') && step.expected === null) {
      step.command += `\n${line.slice(2)}`;
    } else {
      step.expected = step.expected === null ? line : `${step.expected}\n${line}`;
    }
    continues = fence !== null && step !== null && step.expected === null && line.endsWith('\\');
  }
  if (fence !== null) throw new Error('a console block is not closed');
  return steps;
}

/** What differs from run to run, replaced by its kind. */
function normalise(text) {
  return (
    text
      // biome-ignore lint/suspicious/noControlCharactersInRegex: the colours of terminals
      .replace(/\x1b\[[0-9;]*m/g, '')
      .replace(/\r/g, '')
      .replace(/\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/gi, '<uuid>')
      .replace(/\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?( ?(Z|UTC|[+-]\d\d:?\d\d))?/g, '<time>')
      .replace(/((?:"|\b)etag"?\s*[:=]?\s*)(?:"[^"]*"|[^\s",<]\S*)/gi, '$1<etag>')
      .replace(/\b[0-9a-f]{16,}\b/gi, '<hex>')
      .replace(/((?:127\.0\.0\.1|localhost|\[::1\]):)\d{4,5}\b/g, '$1<port>')
      .replace(/\b(pid|process)([ :=]+)\d+\b/gi, '$1$2<pid>')
      .replace(/^\[(\d+)\] \d+$/gm, '[$1] <pid>')
      .replace(/[ \t]+/g, ' ')
      .replace(/ ?$/gm, '')
      .trim()
  );
}

/** Whether the output is what the page shows; `...` in the latter matches anything. */
function matches(expected, output) {
  const parts = normalise(expected)
    .split(/\n?\.\.\.\n?/)
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('[\\s\\S]*?')}$`).test(normalise(output));
}

/** One bash that lives through the tour. Descriptor 3 is where it tells exit codes. */
class Shell {
  #folder = mkdtempSync(join(tmpdir(), 'readme-tour-'));
  #bash;
  #answers = '';
  #wake = () => {};
  #count = 0;

  constructor() {
    this.#bash = spawn('bash', ['--norc', '--noprofile'], {
      stdio: ['pipe', 'inherit', 'inherit', 'pipe'],
      detached: true,
    });
    this.#bash.stdin.on('error', () => {});
    this.#bash.stdio[3].setEncoding('utf8').on('data', (text) => {
      this.#answers += text;
      this.#wake();
    });
    this.#bash.on('exit', () => this.#wake());
    this.#bash.stdin.write('__set() { return "$1"; }; __status=0\n');
  }

  /** Runs a command and answers with its exit code, and a function that reads its output so far. */
  async run(command) {
    this.#count += 1;
    const file = join(this.#folder, String(this.#count));
    closeSync(openSync(file, 'w'));
    const quoted = command.replaceAll("'", "'\\''");
    this.#bash.stdin.write(
      `__set "$__status"; eval '${quoted}' >'${file}' 2>&1 3>&- </dev/null; ` +
        `__status=$?; echo "${this.#count} $__status" >&3\n`,
    );
    const output = () => readFileSync(file, 'utf8');
    const done = new RegExp(`^${this.#count} (\\d+)$`, 'm');
    const deadline = Date.now() + COMMAND_LIMIT_MS;
    for (;;) {
      const found = done.exec(this.#answers);
      if (found !== null) return { status: Number(found[1]), output };
      if (this.#bash.exitCode !== null || Date.now() >= deadline) return { status: null, output };
      await new Promise((resolve) => {
        const timer = setTimeout(resolve, deadline - Date.now());
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  /** Ends the shell and all that it left running. */
  close() {
    try {
      process.kill(-this.#bash.pid, 'SIGKILL');
    } catch (error) {
      if (error.code !== 'ESRCH') throw error;
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Runs one step; answers with what is wrong with it, or null. */
async function runStep(shell, step, next) {
  const inBackground = /&\s*$/.test(step.command);
  const deadline = Date.now() + BACKGROUND_LIMIT_MS;
  const { status, output } = await shell.run(step.command);
  if (status === null) {
    const what = `did not end within ${COMMAND_LIMIT_MS / 1000} s, or ended the shell`;
    return `${what}:\n${output()}`;
  }
  if (status !== 0 && !next?.command.includes('$?')) {
    return `exited with ${status}:\n${output()}`;
  }
  if (step.expected === null) return null;
  while (inBackground && !matches(step.expected, output()) && Date.now() < deadline) {
    await sleep(100);
  }
  if (matches(step.expected, output())) return null;
  return `--- expected\n${normalise(step.expected)}\n--- printed\n${normalise(output())}`;
}

async function main() {
  const arguments_ = process.argv.slice(2);
  const page = arguments_.find((each) => !each.startsWith('-')) ?? 'README.md';
  const steps = parseTour(readFileSync(page, 'utf8'));
  if (steps.length === 0) throw new Error(`${page} has no block fenced as \`\`\`console`);
  if (arguments_.includes('--list')) {
    for (const step of steps) console.log(`${page}:${step.line}: ${step.command}`);
    return;
  }
  const shell = new Shell();
  const stop = () => {
    shell.close();
    process.exit(130);
  };
  process.once('SIGINT', stop).once('SIGTERM', stop);
  try {
    for (const [index, step] of steps.entries()) {
      console.log(`${page}:${step.line}: $ ${step.command}`);
      const wrong = await runStep(shell, step, steps[index + 1]);
      if (wrong !== null) {
        console.error(`\n${page}:${step.line} does not do what the page shows\n${wrong}`);
        process.exitCode = 1;
        return;
      }
    }
    const shown = steps.filter(({ expected }) => expected !== null).length;
    console.log(`tour: ${steps.length} commands ran, ${shown} printed what ${page} shows`);
  } finally {
    shell.close();
  }
}

await main();
