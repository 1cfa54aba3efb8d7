import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const ROOT = join(import.meta.dirname, '../../..');

/** Inputs that found something new, small and few: one in base64 a line. They are replayed by every run of the tests. */
export function keptCorpusPath(target: string): string {
  return join(ROOT, 'test/fixtures/fuzz', `${target}.base64`);
}

/** All that a machine has found so far, of its own. */
export function foundCorpusPath(target: string): string {
  return join(ROOT, '.cache/fuzz', `${target}.base64`);
}

/** Where an input is written that broke a promise. */
export function findingPath(target: string): string {
  return join(ROOT, '.cache/fuzz', `${target}.finding`);
}

/** The inputs of such a file; none where there is no file. */
export function readCorpus(path: string): readonly Buffer[] {
  try {
    const lines = readFileSync(path, 'utf8').split('\n');
    return lines.filter((line) => line !== '').map((line) => Buffer.from(line, 'base64'));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}

export function writeCorpus(path: string, inputs: readonly Uint8Array[]): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, inputs.map((input) => `${Buffer.from(input).toString('base64')}\n`).join(''));
}
