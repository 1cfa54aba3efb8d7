import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { parseDigest } from '../../domain/digest.ts';
import { InvalidInputError } from '../../kit/errors.ts';
import { readIfThere, replaceFile } from '../../kit/io/atomic-file.ts';
import type { CliContext } from '../cli-context.ts';
import type { ScanBefore } from './scan-progress.ts';

/**
 * Where a scan is kept that was interrupted or could not tell all, so that it can be continued: in the user's own
 * folder. Nothing is kept of one that told all.
 */
export interface ScanFile {
  readonly path: string;
  /** @throws {InvalidInputError} `USAGE_INVALID` if the file is no such thing */
  read(): Promise<ScanBefore | undefined>;
  write(before: ScanBefore): Promise<void>;
  remove(): Promise<void>;
}

const digestField = z.string().transform((text, context) => {
  const digest = parseDigest(text);
  if (digest === undefined) context.addIssue('expected a digest');
  return digest ?? z.NEVER;
});

const SCHEMA = z.strictObject({
  version: z.literal(1),
  done: z.array(z.string()),
  images: z.array(
    z.strictObject({
      image: z.string(),
      digest: digestField,
      tags: z.array(z.string()),
      outcome: z.enum(['pass', 'fail-evidence', 'fail-missing', 'indeterminate', 'rejected-input']),
      code: z.string(),
      reason: z.string(),
    }),
  ),
});

/** The file of this scan: another scan, or one by other policies or trust, has another. */
export function scanFile(asked: readonly string[], env: CliContext['env']): ScanFile {
  // https://specifications.freedesktop.org/basedir-spec/latest/
  const folder = env['XDG_STATE_HOME'] || join(env['HOME'] || homedir(), '.local', 'state');
  const name = createHash('sha256').update(JSON.stringify(asked)).digest('hex').slice(0, 16);
  const path = join(folder, 'lazaret', `scan-${name}.json`);
  return {
    path,
    async read() {
      const text = await readIfThere(path);
      return text === undefined ? undefined : (parse(text, path) as ScanBefore);
    },
    write: ({ images, done }) => replaceFile(path, JSON.stringify({ version: 1, done, images })),
    remove: () => rm(path, { force: true }),
  };
}

function parse(text: string, path: string): z.infer<typeof SCHEMA> {
  try {
    return SCHEMA.parse(JSON.parse(text));
  } catch (cause) {
    const issue = { where: path, message: 'cannot be read', hint: 'Delete it, and scan without --resume.' };
    throw new InvalidInputError('USAGE_INVALID', 'the interrupted scan cannot be gone on with', [issue], { cause });
  }
}
