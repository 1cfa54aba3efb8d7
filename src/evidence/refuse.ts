import type { Digest } from '../domain/digest.ts';
import type { Evidence, EvidenceAnnouncement, EvidencePlace } from '../domain/evidence.ts';

interface Refused {
  readonly digest: Digest;
  readonly place: EvidencePlace;
  readonly repository?: string;
  readonly announced?: EvidenceAnnouncement;
}

/** A piece of evidence that is not read further, and why. */
export function refuse(
  { digest, place, repository, announced }: Refused,
  code: Extract<Evidence, { kind: 'refused' }>['code'],
  why: string,
): Evidence {
  const ref = { digest, place, ...(repository !== undefined && { repository }), ...(announced && { announced }) };
  return { kind: 'refused', ...ref, code, why };
}
