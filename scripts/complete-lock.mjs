/**
 * Completes package-lock.json with the platform packages that npm has left out of it.
 *
 *   node scripts/complete-lock.mjs [FILE]      after `npm install` of a package with native code
 *
 * A package with native code names one optional package per platform. Those which the registry in use
 * does not serve npm leaves out of the lock, and then `npm ci` refuses that lock ("Missing: ... from
 * lock file"), on every platform. An entry with version, os and cpu is all it asks for: a package for
 * another platform is not even fetched. The entries have no `integrity`, for want of the package.
 */
import { readFileSync, writeFileSync } from 'node:fs';

const OS = ['android', 'darwin', 'freebsd', 'linux', 'openharmony', 'win32'];
const CPU = ['arm', 'arm64', 'armv7', 'ia32', 'loong64', 'ppc64', 'riscv64', 's390x', 'x64'];

const file = process.argv[2] ?? 'package-lock.json';
const lock = JSON.parse(readFileSync(file, 'utf8'));
const added = [];

for (const [path, entry] of Object.entries(lock.packages)) {
  if (path === '') continue;
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const key = `node_modules/${name}`;
    if (lock.packages[key] ?? lock.packages[`${path}/${key}`]) continue;
    const words = name.split(/[-/]/);
    const os = OS.find((each) => words.includes(each));
    const cpu = CPU.find((each) => words.includes(each));
    if (os === undefined || cpu === undefined || !/^\d+\.\d+\.\d+/.test(version)) {
      throw new Error(
        `${path} names ${name}@${version}, which is not a platform package by its name`,
      );
    }
    lock.packages[key] = {
      version,
      cpu: [cpu === 'armv7' ? 'arm' : cpu],
      ...(entry.dev && { dev: true }),
      ...(words.includes('musl') && { libc: ['musl'] }),
      optional: true,
      os: [os],
    };
    added.push(name);
  }
}

if (added.length > 0) {
  const sorted = Object.entries(lock.packages).sort(([a], [b]) => a.localeCompare(b, 'en'));
  lock.packages = Object.fromEntries(sorted);
  writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
}
console.log(`${file}: ${added.length} platform packages added`);
