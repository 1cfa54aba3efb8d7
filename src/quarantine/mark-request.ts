import { shortDigest } from '../domain/digest.ts';
import { isTagName } from '../domain/image-reference.ts';
import type { Subject } from '../domain/subject.ts';
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
  /** Our tag, made by `markTag`. */
  readonly tag: string;
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
export function assertOwnTag(request: MarkRequest): void {
  if (isTagName(request.tag) && request.tag.includes(shortDigest(request.subject.digest))) return;
  throw new InvalidInputError(
    'JOB_MALFORMED',
    `expected a tag that carries ${shortDigest(request.subject.digest)}, got "${request.tag.slice(0, 128)}"`,
  );
}
