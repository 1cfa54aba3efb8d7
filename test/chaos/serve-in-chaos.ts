// `lazaret serve` as the chaos harness runs it: leases of seconds, and where asked for a fault of our own.
import { registerHooks } from 'node:module';
import { BUGS, type BugName } from './bugs.ts';

const bugName = process.env['CHAOS_BUG'];
if (bugName !== undefined) putIn(BUGS[bugName as BugName]);

process.argv = [process.argv[0] ?? '', '', ...process.argv.slice(2)];
await import('../support/serve-hastily.ts');

/** Changes one file of the source while it is loaded; a change that finds nothing to change is an error. */
function putIn(bug: (typeof BUGS)[BugName]): void {
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      if (!url.endsWith(`/src/${bug.file}`)) return loaded;
      const source = Buffer.from(loaded.source as Uint8Array).toString('utf8');
      if (!source.includes(bug.replace)) throw new Error(`chaos: ${bug.file} does not hold what the bug replaces`);
      return { ...loaded, source: source.replace(bug.replace, bug.by) };
    },
  });
}
