import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { readTargets, targetFiles } from '../../fuzz/find-targets.ts';

const run = promisify(execFile);
const MAIN = join(import.meta.dirname, '../../fuzz/main.ts');
/** Enough to replay what is kept and to see that the target works; `make fuzz` is for finding more, by chance. */
const SECONDS = '1';
const SEED = '1';
const TIMEOUT_MS = 900_000;

describe('make fuzz', () => {
  it(
    'replays what it has found, and finds nothing new in a moment, for every target',
    async () => {
      const names: string[] = [];
      for (const file of targetFiles()) names.push(...(await readTargets(file)).map(({ name }) => name));
      expect(new Set(names).size).toBe(names.length);
      const { stdout } = await run(process.execPath, [MAIN], {
        env: { ...process.env, SECONDS, SEED, TARGET: '', KEEP: '' },
      });
      const told = stdout.split('\n').filter((line) => / inputs +[1-9]\d* features/.test(line));
      expect(told.map((line) => line.split(' ')[0])).toEqual(names);
    },
    TIMEOUT_MS,
  );

  it('ends badly for a target that there is not', async () => {
    const env = { ...process.env, SECONDS, TARGET: 'nothing' };
    await expect(run(process.execPath, [MAIN], { env })).rejects.toThrow('TARGET: expected some of');
  });
});
