import { existsSync, readFileSync } from 'node:fs';

/** The package's version. The sources and the built files lie at different depths below package.json. */
export function packageVersion(): string {
  let url = new URL('./package.json', import.meta.url);
  for (let depth = 0; depth < 6; depth += 1) {
    if (existsSync(url)) {
      return JSON.parse(readFileSync(url, 'utf8')).version;
    }
    url = new URL('../package.json', url);
  }
  throw new Error('no package.json above the command line: the installation is incomplete');
}
