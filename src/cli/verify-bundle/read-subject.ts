import { existsSync } from 'node:fs';
import { digestOf, parseDigest } from '../../domain/digest.ts';
import type { VerificationSubject } from '../../verification/read/verification-material.ts';
import { readInputFile } from './read-input-file.ts';

/**
 * What must have been signed: a digest only if it reads `sha256:` and 64 hexadecimal digits and no file has that name
 * (the rule of the conformance protocol), else a file.
 * @throws {InvalidInputError} `USAGE_INVALID` for a file that cannot be read
 */
export function readSubject(argument: string): VerificationSubject {
  const digest = argument.startsWith('sha256:') ? parseDigest(argument) : undefined;
  if (digest !== undefined && !existsSync(argument)) return { digest };
  const bytes = readInputFile('FILE_OR_DIGEST', argument);
  return { digest: digestOf(bytes), manifest: bytes };
}
