#!/usr/bin/env node
// Plain JavaScript that an old Node can read too, so that it can say what is wrong in one line.
import { existsSync, mkdirSync } from 'node:fs';
import module from 'node:module';
import { isAbsolute, join } from 'node:path';

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  console.error(
    `catalogd needs Node 22.18 or newer, and this is Node ${process.versions.node}: see https://nodejs.org/`,
  );
  process.exitCode = 2;
} else {
  keepCompiled();
  // A checkout runs its sources as they are. Below node_modules Node refuses to, so a package has them built.
  const source = new URL('../src/cli/main.ts', import.meta.url);
  const built = new URL('../dist/src/cli/main.js', import.meta.url);
  const inPackage = import.meta.url.includes('/node_modules/');
  await import((!inPackage && existsSync(source) ? source : built).href);
}

/**
 * Keeps compiled modules for the next command, which then takes about half the CPU or less. In a cache folder
 * of the user's own: what stands there is run, and Node's default is below the shared /tmp. It is no
 * error when there can be none, as where the home is read-only. NODE_COMPILE_CACHE names another place;
 * NODE_DISABLE_COMPILE_CACHE=1 switches it off.
 */
function keepCompiled() {
  const { HOME: home, XDG_CACHE_HOME: xdg, NODE_DISABLE_COMPILE_CACHE: off } = process.env;
  const caches = xdg || (home && join(home, '.cache'));
  if (off || !caches || !isAbsolute(caches)) return;
  const folder = join(caches, 'catalogd');
  try {
    // Not left to Node, which hangs where a folder cannot be made and its parent is there (/proc).
    for (const each of [caches, folder]) if (!existsSync(each)) mkdirSync(each, { mode: 0o700 });
    module.enableCompileCache(folder);
  } catch {}
}
