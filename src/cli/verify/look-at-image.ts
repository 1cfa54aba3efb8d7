import type { Digest } from '../../domain/digest.ts';
import type { ImageReference } from '../../domain/image-reference.ts';
import { FaultError } from '../../kit/errors.ts';
import { storableJson } from '../../kit/storable-json.ts';
import { couldNotTell } from '../../pipeline/judge/could-not-tell.ts';
import { type Judgement, judgeImage } from '../../pipeline/judge/judge-image.ts';
import type { JudgementTarget } from '../../pipeline/judge/judgement-target.ts';
import { coveringPolicies } from '../../policy/judge/match-policies.ts';

/** An image under judgement. */
export interface ImageLook {
  /** Judges it now; the first time that the registry knows its tag decides which digest is meant. */
  judge(): Promise<Judgement>;
  /** What it is called, with the digest as soon as that is known. */
  image(): ImageReference;
}

/** Everything about the judgement but the digest. */
export type LookTarget = Omit<JudgementTarget, 'digest' | 'tag' | 'repository'>;

/** Prepares the judgement of an image that is named by digest or, as people do, by tag. */
export function lookAtImage(asked: ImageReference, target: LookTarget): ImageLook {
  let digest: Digest | undefined = asked.digest;
  const { repository, tag = 'latest' } = asked;

  async function resolveTag(): Promise<Digest | undefined> {
    const manifest = await target.registry.reader.readManifest(repository, { tag }, target.signal);
    return manifest?.digest;
  }

  return {
    image: () => ({ ...asked, ...(digest === undefined ? { tag } : { digest }) }),
    async judge() {
      try {
        digest ??= await resolveTag();
      } catch (fault) {
        if (!(fault instanceof FaultError)) throw fault;
        const policies = coveringPolicies(target.policies, `${target.registry.host}/${repository}`);
        return {
          kind: 'judged',
          manifest: null,
          verdict: couldNotTell(fault, policies),
          findings: storableJson([]),
          fault,
        };
      }
      if (digest === undefined) return { kind: 'gone' };
      return judgeImage({ ...target, repository, digest, ...(asked.tag !== undefined && { tag: asked.tag }) });
    },
  };
}
