import { readFile } from 'node:fs/promises';
import { FaultError, InvalidInputError } from '../kit/errors.ts';
import type { RootProvider } from './root-provider.ts';

export interface FileProviderOptions {
  readonly name: string;
  readonly path: string;
  /** @throws {InvalidInputError} when the document is no trust root that could be used */
  readonly check: (document: string) => void;
}

// Reading 10 KiB costs nothing, and whoever replaces the file waits to see it work.
const LOOK_EVERY_MS = 15_000;

/**
 * Keeps a trust root that lies in a file. A file that disappears or cannot be read changes nothing until it is right
 * again, as somebody may just be writing it.
 * @throws {InvalidInputError} `TRUST_ROOT_INVALID` when it makes no sense from the beginning
 */
export async function createFileProvider({ name, path, check }: FileProviderOptions): Promise<RootProvider> {
  let document = await readDocument(name, path);
  let trouble: string | undefined;
  check(document);
  return {
    name,
    refreshEveryMs: LOOK_EVERY_MS,
    server: undefined,
    document: () => document,
    obstacle: () => undefined,
    concern: () => trouble,
    async refresh() {
      try {
        const next = await readDocument(name, path);
        if (next !== document) check(next);
        document = next;
        trouble = undefined;
      } catch (error) {
        trouble = `${path} cannot be used, so the state before is: ${error instanceof Error ? error.message : 'unknown reason'}`;
        throw error;
      }
    },
  };
}

async function readDocument(name: string, path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    const message = `the trust root "${name}" cannot be read from ${path}`;
    if (!(cause instanceof Error) || !('code' in cause)) throw cause;
    if (cause.code === 'ENOENT') {
      const issue = { where: path, message: 'there is no such file', hint: 'Name the trusted_root.json to use.' };
      throw new InvalidInputError('TRUST_ROOT_INVALID', message, [issue], { cause });
    }
    throw new FaultError('TRUST_ROOT_UNAVAILABLE', `${message} (${String(cause.code)})`, { retryable: true, cause });
  }
}
