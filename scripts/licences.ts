/**
 * Lists the licences of every package that an installation of catalogd brings along, and refuses those
 * that are not permissive. What they are, package-lock.json says; nothing has to be installed.
 *
 *   node scripts/licences.ts            writes docs/licences.md
 *   node scripts/licences.ts --check    ends with 1 if that is not up to date
 *
 * Either way it ends with 1 if a licence is missing or not permissive, and names the package.
 */
import { readFileSync, writeFileSync } from 'node:fs';

/** SPDX identifiers of licences that ask for no more than to be named. */
const PERMISSIVE = new Set([
  ...['0BSD', 'Apache-2.0', 'BlueOak-1.0.0', 'BSD-2-Clause', 'BSD-3-Clause', 'CC0-1.0'],
  ...['ISC', 'MIT', 'MIT-0', 'Unlicense', 'Zlib'],
]);

interface Package {
  readonly name: string;
  readonly version: string;
  readonly licence: string;
}

const PAGE = new URL('../docs/licences.md', import.meta.url);
const LOCK = new URL('../package-lock.json', import.meta.url);

const problems: string[] = [];
const packages = runtimePackages(JSON.parse(readFileSync(LOCK, 'utf8')).packages);
for (const { name, version, licence } of packages) {
  if (!isPermissive(licence)) problems.push(`${name} ${version}: ${licence} is not permissive`);
}
const page = render(packages);
if (!process.argv.includes('--check')) writeFileSync(PAGE, page);
else if (readFileSync(PAGE, 'utf8') !== page) {
  problems.push('docs/licences.md is not up to date: npm run generate');
}
for (const problem of problems) console.error(problem);
process.exitCode = problems.length === 0 ? 0 : 1;

/** What `npm install --omit=dev` may bring, optional packages for other platforms included. */
function runtimePackages(
  locked: Readonly<Record<string, { version?: string; license?: string; dev?: boolean }>>,
): Package[] {
  const found = new Map<string, Package>();
  for (const [path, { version = '', license, dev }] of Object.entries(locked)) {
    if (path === '' || dev) continue;
    const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
    found.set(`${name} ${version}`, { name, version, licence: license ?? 'no licence' });
  }
  return [...found.values()].sort(
    (a, b) => compare(a.name, b.name) || compare(a.version, b.version),
  );
}

/** SPDX expressions as packages have them: identifiers, joined by AND or by OR. */
function isPermissive(expression: string): boolean {
  const terms = expression
    .replaceAll(/[()]/g, ' ')
    .trim()
    .split(/\s+(AND|OR)\s+/);
  const operators = new Set(terms.filter((_, i) => i % 2 === 1));
  const licences = terms.filter((_, i) => i % 2 === 0);
  if (operators.size > 1) return false;
  const accepted = (licence: string) => PERMISSIVE.has(licence);
  return operators.has('OR') ? licences.some(accepted) : licences.every(accepted);
}

function render(rows: readonly Package[]): string {
  return `# Licences

catalogd is under Apache-2.0. An installation brings these packages along, each under a permissive
licence; their texts come with them. Made from package-lock.json by \`npm run generate\`; \`npm run check\`
fails when it is out of date, or when a licence is not one of ${[...PERMISSIVE].join(', ')}.

| package | version | licence |
|---|---|---|
${rows.map(({ name, version, licence }) => `| ${name} | ${version} | ${licence} |`).join('\n')}
`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
