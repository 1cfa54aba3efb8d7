import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { keptCorpusPath, readCorpus } from '../../fuzz/engine/corpus.ts';
import { runTarget } from '../../fuzz/engine/run-target.ts';
import { readTargets, targetFiles } from '../../fuzz/find-targets.ts';

const run = promisify(execFile);
const MAIN = join(import.meta.dirname, '../../fuzz/main.ts');
/** Enough to see that the target works; `make fuzz` is for finding more, by chance. */
const SECONDS = 1;
const SEED = 1;

const targets = (
  await Promise.all(
    targetFiles().map(async (file) => (await readTargets(file)).map(({ name, seeds }) => ({ file, name, seeds }))),
  )
).flat();

describe('fuzzing', () => {
  it.each(targets)('$name: holds for all that was kept, and for what a moment finds', async ({ file, name, seeds }) => {
    const corpus = readCorpus(keptCorpusPath(name));
    const { runs, finding } = await runTarget({ file, target: name, seed: SEED, seconds: SECONDS, corpus });
    expect(finding && { error: finding.error, input: Buffer.from(finding.input).toString('base64') }).toBeUndefined();
    expect(runs).toBeGreaterThanOrEqual(seeds.length + corpus.length);
  });

  it('has a target of one name for each file of kept inputs', () => {
    const names = targets.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    const kept = readdirSync(dirname(keptCorpusPath('any'))).filter((file) => file.endsWith('.base64'));
    expect(names).toEqual(expect.arrayContaining(kept.map((file) => file.slice(0, -'.base64'.length))));
  });

  it('tells of each target how many inputs it has run', async () => {
    const env = { ...process.env, SECONDS: '0', SEED: '1', TARGET: 'link', KEEP: '' };
    const { stdout } = await run(process.execPath, [MAIN], { env });
    expect(stdout).toMatch(/^link +[1-9]\d* inputs +[1-9]\d* features, seed 1\n$/);
  });

  it('ends with exit code 2 for a target that there is not', async () => {
    const env = { ...process.env, TARGET: 'nothing' };
    const stderr = expect.stringMatching(/^TARGET: expected one of .*, got "nothing"\n$/);
    await expect(run(process.execPath, [MAIN], { env })).rejects.toMatchObject({ code: 2, stderr });
  });
});
