import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { startBench } from './bench.ts';
import { captureRepository } from './capture.ts';
import { CosignRefusal, openCase } from './case-bench.ts';
import { CASES } from './cases.ts';
import { type RecordedWorld, type Recording, recordingsFolder, type SigningRefusal, WORLD_FILE } from './recording.ts';
import { findCosign } from './run-cosign.ts';

/**
 * Signs images with cosign in every way it can, asks it to verify them, and writes down what it left in the registry and
 * what it answered: the recordings in `test/fixtures/cosign`, all of them anew.
 * @throws Error if cosign or a registry is not there, or cosign cannot sign.
 */
export async function recordAll(env: Readonly<Record<string, string | undefined>>, only = ''): Promise<void> {
  const cosign = await findCosign(env);
  const bench = await startBench(cosign);
  try {
    const recordings: Recording[] = [];
    const refusals: SigningRefusal[] = [];
    for (const { name, about, registry = 'olareg', make } of CASES) {
      if (!name.includes(only)) continue;
      const repository = `acme/${name}`;
      const at = bench[registry];
      const opened = openCase(bench, at, repository);
      try {
        await make(opened);
      } catch (error) {
        if (!(error instanceof CosignRefusal)) throw error;
        refusals.push({ name, command: error.command, says: error.message });
        process.stderr.write(`${name}: not signed: ${error.message}\n`);
        continue;
      }
      const { signing, questions } = opened.done;
      const asked = questions.map(({ image }) => image);
      const content = await captureRepository(at.url, repository, asked);
      recordings.push({ name, about, signing, referrersApi: at.referrersApi, repository, questions, ...content });
      process.stderr.write(`${name}: ${questions.map(({ answer }) => answer.exitCode).join(' ')}\n`);
    }
    await writeRecordings({ ...bench.world, refusals }, recordings);
  } finally {
    await bench.stop();
  }
}

async function writeRecordings(world: RecordedWorld, recordings: readonly Recording[]): Promise<void> {
  const folder = recordingsFolder();
  await mkdir(folder, { recursive: true });
  for (const file of await readdir(folder)) if (file.endsWith('.json')) await rm(new URL(file, folder));
  const write = (file: string, content: RecordedWorld | Recording) =>
    writeFile(new URL(file, folder), `${JSON.stringify(content, null, 1)}\n`);
  await write(WORLD_FILE, world);
  for (const recording of recordings) await write(`${recording.name}.json`, recording);
}

if (import.meta.main) await recordAll(process.env, process.argv[2]);
