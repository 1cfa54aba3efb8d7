import { describe, expect, it } from 'vitest';
import { type Descriptor, OCI_MANIFEST } from '../../../src/domain/manifest.ts';
import { announcedByReferrer } from '../../../src/evidence/announcement.ts';
import type { Candidate, ListedReferrer } from '../../../src/evidence/candidate.ts';
import { type CandidateRank, createCandidateQueue } from '../../../src/evidence/candidate-queue.ts';
import { orderCandidates } from '../../../src/evidence/order-candidates.ts';
import { digestFor } from '../../support/findings.ts';
import { BUNDLE_V03 } from '../../support/push-image.ts';

const PLAUSIBLE = 64 * 1024;
const VULN = 'https://cosign.sigstore.dev/attestation/vuln/v1';

interface Listed extends Partial<Descriptor> {
  readonly predicateType?: string;
  readonly created?: string;
}

function listed(name: string, { predicateType, created, ...more }: Listed = {}): ListedReferrer {
  const annotations = {
    name,
    ...(predicateType && { 'dev.sigstore.bundle.predicateType': predicateType }),
    ...(created && { 'org.opencontainers.image.created': created }),
  };
  const descriptor = {
    mediaType: OCI_MANIFEST,
    digest: digestFor(name),
    size: 700,
    artifactType: BUNDLE_V03,
    annotations,
    ...more,
  };
  const announced = announcedByReferrer(descriptor);
  return { kind: 'manifest', place: 'referrer', descriptor, ...(announced && { announced }) };
}

const names = (candidates: readonly unknown[]) =>
  candidates.map((candidate) => (candidate as ListedReferrer).descriptor.annotations?.['name']);

describe('the order in which candidates are read', () => {
  it('C9: begins with the newest and the oldest of a kind in turn, so that nothing added on either side hides one', () => {
    const days = [1, 2, 3, 4, 5].map((day) => listed(`${day}`, { created: `2026-11-0${day}T00:00:00Z` }));
    expect(names(orderCandidates(days))).toEqual(['5', '1', '4', '2', '3']);
  });

  it('is that of the list, from both ends, where it does not say when', () => {
    expect(names(orderCandidates(['a', 'b', 'c', 'd'].map((name) => listed(name))))).toEqual(['a', 'd', 'b', 'c']);
  });

  it('L4: costs little more where thousands of kinds stand beside thousands of one', () => {
    const scans = (count: number, typeOf: (n: number) => string) =>
      Array.from({ length: count }, (_, n) => listed(`${n}`, { predicateType: typeOf(n) }));
    const one = scans(10_000, () => VULN);
    const mixed = [...scans(5_000, () => VULN), ...scans(5_000, (n) => `https://example.test/${n}`)];
    orderCandidates(one);
    expect(cpuMicros(() => orderCandidates(mixed))).toBeLessThan(20 * cpuMicros(() => orderCandidates(one)));
  });

  it('C9: lets the kinds take turns, however many there are of one', () => {
    const scans = Array.from({ length: 9 }, (_, n) => listed(`scan ${n}`, { predicateType: VULN }));
    const signature = listed('signature', { predicateType: 'https://sigstore.dev/cosign/sign/v1' });
    const untold = listed('untold');
    expect(names(orderCandidates([...scans, signature, untold])).slice(0, 3)).toEqual([
      'scan 0',
      'signature',
      'untold',
    ]);
  });

  it('lets places take turns, too', () => {
    const there = { ...listed('there'), repository: 'registry.example.com/sigs' };
    expect(names(orderCandidates([listed('a'), listed('b'), listed('c'), there])).indexOf('there')).toBe(1);
  });

  it('ends with manifests that are too large to name one bundle', () => {
    const large = listed('large', { size: PLAUSIBLE + 1, created: '2030-01-01T00:00:00Z' });
    expect(names(orderCandidates([large, listed('a', { size: PLAUSIBLE }), listed('b')]))).toEqual(['a', 'b', 'large']);
  });
});

describe('what is followed first', () => {
  /** The rank at whose turn it is followed. */
  function rankOf(candidate: Candidate): CandidateRank | undefined {
    const queue = createCandidateQueue(({ kind }) => kind === 'signature');
    queue.add([candidate]);
    return (['asked', 'asked-large', 'other', 'other-large'] as const).find((rank) => queue.left(rank).length > 0);
  }
  const layer = (predicateType: string | undefined, size: number) => ({
    kind: 'bundle' as const,
    digest: digestFor('layer'),
    manifest: digestFor('layer'),
    place: 'referrer' as const,
    size,
    annotations: {},
    ...(predicateType !== undefined && { announced: { kind: 'attestation' as const, predicateType } }),
  });

  it('is what is asked for, and what does not say what it is: a list that says nothing hides nothing', () => {
    expect(rankOf(listed('untold'))).toBe('asked');
    expect(rankOf(listed('of no type', { artifactType: undefined as never }))).toBe('asked');
    expect(rankOf(listed('of an empty configuration', { artifactType: 'application/vnd.oci.empty.v1+json' }))).toBe(
      'asked',
    );
    expect(rankOf(listed('of cosign', { artifactType: 'application/vnd.dev.cosign.artifact.sig.v1+json' }))).toBe(
      'asked',
    );
    expect(rankOf(listed('signed by cosign 3', { predicateType: 'https://sigstore.dev/cosign/sign/v1' }))).toBe(
      'asked',
    );
  });

  it('is not what says it is something else, which is followed all the same in the end', () => {
    expect(rankOf(listed('scan', { predicateType: VULN }))).toBe('other');
    expect(rankOf(listed('document', { artifactType: 'application/spdx+json' }))).toBe('other');
  });

  it('is what is small, so that something large cannot use up the bytes', () => {
    expect(rankOf(layer(undefined, 1024 * 1024))).toBe('asked');
    expect(rankOf(layer(undefined, 1024 * 1024 + 1))).toBe('asked-large');
    expect(rankOf(layer(VULN, 1024 * 1024 + 1))).toBe('other-large');
  });
});

function cpuMicros(work: () => unknown): number {
  const before = process.cpuUsage();
  for (let round = 0; round < 3; round++) work();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}
