#!/usr/bin/env node
// Plain JavaScript that an old Node can read too, so that it can say what is wrong in one line.
import { existsSync } from 'node:fs';

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  console.error(
    `catalogd needs Node 22.18 or newer, and this is Node ${process.versions.node}: see https://nodejs.org/`,
  );
  process.exitCode = 2;
} else {
  // A checkout runs its sources as they are. Below node_modules Node refuses to, so a package has them built.
  const source = new URL('../src/cli/main.ts', import.meta.url);
  const built = new URL('../dist/src/cli/main.js', import.meta.url);
  const inPackage = import.meta.url.includes('/node_modules/');
  await import((!inPackage && existsSync(source) ? source : built).href);
}
