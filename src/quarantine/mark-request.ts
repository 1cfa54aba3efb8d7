import { shortDigest } from '../domain/digest.ts';
import { isTagName } from '../domain/image-reference.ts';
import type { Subject } from '../domain/subject.ts';
import { isWholeName } from '../domain/tag-template.ts';
import type { WriteResult } from '../domain/write-result.ts';
import { InvalidInputError } from '../kit/errors.ts';
import type { MarkUpdate } from '../ports/effect-outbox.ts';
import type { RegistryReader } from '../ports/registry-reader.ts';
import type { TagWriter } from '../ports/tag-writer.ts';

/** One write of our mark, or its removal. */
export interface MarkRequest {
  readonly reader: RegistryReader;
  readonly writer: TagWriter;
  readonly subject: Pick<Subject, 'repository' | 'digest'>;
  /** Our names for it, made by `markNames`: the one that was planned first, the one with the whole digest last. */
  readonly names: readonly string[];
  readonly signal?: AbortSignal;
}

/** How it ended, and how the subject is marked since. */
export interface MarkResult {
  readonly result: WriteResult;
  readonly mark: MarkUpdate;
}

/**
 * Refuses a tag that cannot be ours: every name we write carries the digest it marks, so that a tampered record can
 * not make us overwrite or delete somebody else's tag.
 * @throws {InvalidInputError} `JOB_MALFORMED`
 */
export function assertOwnNames({ names, subject: { digest } }: MarkRequest): void {
  const hex = shortDigest(digest);
  const strange = names.find((name) => !isTagName(name) || !name.includes(hex));
  if (strange !== undefined) {
    throw new InvalidInputError('JOB_MALFORMED', `expected a tag that carries ${hex}, got "${strange.slice(0, 128)}"`);
  }
  const last = names.at(-1);
  if (last !== undefined && isWholeName(last, digest)) return;
  throw new InvalidInputError('JOB_MALFORMED', `expected a last name with the whole of ${digest}, got "${last ?? ''}"`);
}
