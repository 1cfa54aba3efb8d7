// `lazaret init`: from a few answers to a configuration, a first policy, and what is left to do.

import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errorCode } from '../../kit/error-code.ts';
import { FaultError, InvalidInputError } from '../../kit/errors.ts';
import type { CliContext } from '../cli-context.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { type InitFlags, readAnswers } from './read-answers.ts';
import { renderFiles, renderSteps } from './render-files.ts';
import type { WrittenFile } from './written-file.ts';

export interface InitOptions extends InitFlags {
  readonly outputDir: string;
  readonly dryRun?: boolean;
}

/**
 * Asks, writes and says what to do next. Writes nothing where one of its files is there already.
 * @throws {InvalidInputError} `USAGE_INVALID`, {FaultError} `DATA_DIR_UNWRITABLE`
 */
export async function runInit(options: InitOptions, context: CliContext): Promise<ExitCode> {
  const { terminal } = context;
  const answers = await readAnswers(options, context.ask);
  // 32 bytes: nobody finds it by trying, and it may stand in an address.
  const files = renderFiles(answers, randomBytes(32).toString('base64url'));
  const shown = files.map(({ name }) => join(options.outputDir, name));
  refuseToOverwrite(shown);
  if (options.dryRun === true) {
    for (const { name, content, isSecret } of files) {
      terminal.out(terminal.style.bold(join(options.outputDir, name)));
      terminal.out(isSecret ? '(a secret)' : content);
    }
    terminal.err('Nothing was written.');
    return EXIT.ok;
  }
  await writeAll(options.outputDir, files);
  terminal.out(`${terminal.style.good('written')}: ${shown.join(', ')}`);
  terminal.out('');
  for (const line of renderSteps(answers, options.outputDir)) terminal.out(line);
  return EXIT.ok;
}

function refuseToOverwrite(paths: readonly string[]): void {
  const there = paths.filter((path) => existsSync(path));
  if (there.length === 0) return;
  throw new InvalidInputError('USAGE_INVALID', 'nothing was written', [
    { where: there.join(', '), message: 'is there already', hint: 'Move it away, or give another --output-dir.' },
  ]);
}

async function writeAll(folder: string, files: readonly WrittenFile[]): Promise<void> {
  try {
    for (const { name, content, isSecret } of files) {
      const path = join(folder, name);
      await mkdir(dirname(path), { recursive: true, mode: isSecret ? 0o700 : 0o755 });
      await writeFile(path, content, { mode: isSecret ? 0o600 : 0o644, flag: 'wx' });
    }
  } catch (cause) {
    const code = errorCode(cause);
    throw new FaultError('DATA_DIR_UNWRITABLE', `${folder} cannot be written to (${code ?? 'unknown error'})`, {
      retryable: false,
      cause,
      hint: 'Give a folder of yours as --output-dir.',
    });
  }
}
