import { parseArgs } from 'node:util';
import { describeMachine } from '../report.ts';
import { buildHere, buildRevision } from './build-revision.ts';
import { PARTS } from './parts.ts';
import { Samples } from './samples.ts';

const USAGE = `npm run -s bench -- compare REV [--part ${Object.keys(PARTS).join(',')}] [--runs N] [--json]`;

/**
 * Compares this checkout with another revision: the same work by both, turn by turn on one machine, as ratios.
 * @throws {Error} if the revision does not build
 */
export async function compare(args: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: {
      json: { type: 'boolean', default: false },
      runs: { type: 'string', default: '5' },
      part: { type: 'string', default: Object.keys(PARTS).join(',') },
    },
    allowPositionals: true,
  });
  const [revision] = positionals;
  const names = values.part.split(',');
  if (revision === undefined || positionals.length > 1 || !names.every((name) => name in PARTS)) {
    console.error(USAGE);
    process.exitCode = 2;
    return;
  }
  const builds = { base: buildRevision(revision), now: buildHere() };
  if (!values.json) {
    console.log(`${describeMachine()}; ${values.runs} turns each; median (least–most)\n`);
    console.log(`| | ${revision} | now | ratio |\n|---|---|---|---|`);
  }
  for (const name of names) {
    const samples = new Samples();
    try {
      await PARTS[name]?.(builds, Number(values.runs), samples);
    } catch (error) {
      console.error(`${name} is not compared: ${error instanceof Error ? error.message : String(error)}`);
      process.exitCode = 1;
    }
    samples.print(values.json);
  }
}
