import { writeFileSync } from 'node:fs';
import { registerHooks } from 'node:module';

// Preloaded into a process under test: writes the URL of every module it loads to $LAZARET_LOADED when it ends.
const loaded: string[] = [];
registerHooks({
  load(url, context, nextLoad) {
    loaded.push(url);
    return nextLoad(url, context);
  },
});
process.on('exit', () => writeFileSync(process.env['LAZARET_LOADED'] ?? '/dev/null', JSON.stringify(loaded)));
