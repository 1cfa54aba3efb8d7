import type { Pushed, PushTarget } from '../../support/oci-push.ts';
import { fallbackTag, pushFallbackReferrer, pushReferrer } from '../../support/push-image.ts';
import type { SigstoreWorld } from '../../support/sigstore-world.ts';

/** Who attests, and to what. */
export type EvidenceKind =
  /** By the release workflow, built from the right repository. */
  | 'good'
  /** By a workflow of somebody else, whose certificate the same authority issued. */
  | 'stranger'
  /** By the release workflow, but the provenance names another source repository. */
  | 'wrong-source';

/** Makes SLSA provenance for an image, as a Sigstore bundle. */
export function provenanceFor(image: Pushed, kind: EvidenceKind, sigstore: SigstoreWorld): Uint8Array {
  const { digest } = image;
  switch (kind) {
    case 'good':
      return sigstore.attestProvenance({ digest, identity: sigstore.mintGithub() });
    case 'stranger':
      return sigstore.attestProvenance({
        digest,
        identity: sigstore.mintGithub({ repository: 'mallory/app' }),
        source: { repository: 'https://github.com/mallory/app' },
      });
    case 'wrong-source':
      return sigstore.attestProvenance({
        digest,
        identity: sigstore.mintGithub({ repository: 'acme/app' }),
        source: { repository: 'https://github.com/mallory/fork' },
      });
  }
}

/** A manifest as the registry announces it. */
export interface AnnouncedPush {
  readonly pushed: Pushed;
  readonly tag: string | null;
}

/** Pushes the bundle where clients put it in this registry; returns what the registry announces. */
export async function pushEvidence(
  target: PushTarget,
  repository: string,
  image: Pushed,
  bundle: Uint8Array,
  hasReferrers: boolean,
): Promise<readonly AnnouncedPush[]> {
  if (hasReferrers) return [{ pushed: await pushReferrer(target, repository, image, bundle), tag: null }];
  const { referrer, index } = await pushFallbackReferrer(target, repository, image, bundle);
  return [
    { pushed: referrer, tag: null },
    { pushed: index, tag: fallbackTag(image.digest) },
  ];
}
