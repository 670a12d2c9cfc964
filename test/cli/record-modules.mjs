// Preloaded by `node --import`: writes the URL of every module that the process has loaded into the
// file named by RECORD_MODULES, one a line.
import { writeFileSync } from 'node:fs';
import { registerHooks } from 'node:module';

const loaded = [];
registerHooks({
  load(url, context, nextLoad) {
    loaded.push(url);
    return nextLoad(url, context);
  },
});
process.on('exit', () => writeFileSync(process.env.RECORD_MODULES, loaded.join('\n')));
