import { describe, expect, it } from 'vitest';
import type { Manifest } from '../../../../src/domain/manifest.ts';
import type { ImagePolicy } from '../../../../src/domain/policy.ts';
import type { Outcome, Verdict } from '../../../../src/domain/verdict.ts';
import { inheritVerdict } from '../../../../src/pipeline/judge/inherit-verdict.ts';
import { judge } from '../../../../src/policy/judge/judge.ts';
import type { SubjectRecord, VerdictRecord } from '../../../../src/ports/subject-record.ts';
import {
  attestationBy,
  certificate,
  DIGEST,
  digestFor,
  IMAGE,
  identityRule,
  NOW,
  policyOf,
  RELEASE,
  signatureBy,
  verified,
} from '../../../support/findings.ts';

const BY_RELEASE = [identityRule(RELEASE)];
const INDEX = policyOf([signatureBy(BY_RELEASE)], { name: 'signed' });
const EACH = policyOf([attestationBy(BY_RELEASE)], { name: 'sbom', platforms: 'each', graceMs: 60_000 });
const SBOM = verified({ signer: certificate(), predicateType: 'https://cyclonedx.org/bom' });
const SIGNED = verified({ signer: certificate() });
const IMAGE_MANIFEST: Manifest = {
  digest: DIGEST,
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  bytes: Buffer.from('{}'),
  layers: [],
  manifests: [],
  annotations: {},
};

function verdictOf(policies: readonly ImagePolicy[], findings: Parameters<typeof judge>[0]['findings']): Verdict {
  return judge({ policies, noMatch: 'alert', image: IMAGE, digest: DIGEST, findings, now: NOW });
}

function indexWith(outcome: Outcome, more: Partial<VerdictRecord> = {}): SubjectRecord {
  const verdict = { ...verdictOf([INDEX], [SIGNED]), outcome };
  const record = { id: '1', verdict, policyRevision: 'now', trustEpoch: 1, judgedAt: NOW, final: true, ...more };
  const settledOutcome = record.final ? outcome : null;
  return { ...subject([]), id: '2', digest: digestFor('index'), verdict: record, settledOutcome };
}

function subject(tags: readonly string[]): SubjectRecord {
  return {
    id: '1',
    registryId: 'prod',
    repository: 'acme/app',
    digest: DIGEST,
    state: 'final',
    tags,
    firstSeenAt: NOW,
    verdict: null,
    mark: 'none',
    markTag: null,
    rehearsedMark: null,
    baseline: null,
    releasedArtifact: null,
    artifactType: null,
    hiddenEvidence: [],
    settledOutcome: null,
    failedLooks: 0,
    correlationId: 'c',
  };
}

interface Situation {
  readonly policies?: readonly ImagePolicy[];
  readonly findings?: Parameters<typeof judge>[0]['findings'];
  readonly parents?: readonly SubjectRecord[];
  readonly tags?: readonly string[];
  readonly manifest?: Manifest;
  readonly isOverdue?: boolean;
}

function inherited(given: Situation): Promise<Verdict> {
  const { policies = [INDEX], findings = [], parents = [indexWith('pass')], manifest = IMAGE_MANIFEST } = given;
  const context = {
    policies: () => ({ revision: 'now', policies, noMatch: 'alert' as const }),
    trustEpoch: () => 1,
    records: { indexes: { findParents: async () => parents } },
  };
  const { isOverdue = false } = given;
  const own = { image: IMAGE, manifest, verdict: verdictOf(policies, findings), isOverdue };
  return inheritVerdict(context, subject(given.tags ?? []), own);
}

describe('C12: an image listed by an index that passed', () => {
  it('passes with it', async () => {
    expect(await inherited({})).toMatchObject({ outcome: 'pass', code: 'INHERITED' });
  });

  it('does not while the index was never judged to the end, or with one that did not pass', async () => {
    const parents = [
      indexWith('pass', { final: false }),
      indexWith('fail-evidence', { policyRevision: 'before' }),
      indexWith('indeterminate', { final: false }),
      indexWith('rejected-input'),
    ];
    for (const parent of parents) {
      const { outcome } = await inherited({ parents: [parent], tags: ['v1'] });
      expect(outcome, JSON.stringify(parent.verdict)).toBe('fail-missing');
    }
  });

  it('does not wait longer than it may for an index that cannot be told (P7)', async () => {
    const unreachable = { ...indexWith('indeterminate', { final: false }), settledOutcome: 'pass' as const };
    const outdated = indexWith('pass', { policyRevision: 'before' });
    expect(await inherited({ parents: [unreachable], isOverdue: true })).toMatchObject({ outcome: 'fail-missing' });
    expect(await inherited({ parents: [outdated], isOverdue: true })).toMatchObject({ outcome: 'indeterminate' });
  });

  it('is left open while that index is judged anew, and never quarantined in between', async () => {
    const outdated = indexWith('pass', { policyRevision: 'before' });
    const unreachable = { ...indexWith('indeterminate', { final: false }), settledOutcome: 'pass' as const };
    for (const parent of [outdated, unreachable]) {
      for (const tags of [[], ['v1']]) {
        const verdict = await inherited({ parents: [indexWith('fail-evidence'), parent], tags });
        expect(verdict).toMatchObject({ outcome: 'indeterminate', code: 'INHERITED' });
      }
    }
  });

  it('is not kept open by an index that is gone', async () => {
    const gone = { ...indexWith('pass', { policyRevision: 'before' }), state: 'gone' as const };
    expect(await inherited({ parents: [gone] })).toMatchObject({ outcome: 'fail-missing' });
  });

  it('does not where each platform must prove something itself, and it does not', async () => {
    const verdict = await inherited({ policies: [INDEX, EACH] });
    expect(verdict).toMatchObject({ outcome: 'fail-missing', onFailure: 'quarantine', graceMs: 60_000 });
  });

  it('passes where it proves that itself, whatever the index has proved for it', async () => {
    expect(await inherited({ policies: [INDEX, EACH], findings: [SBOM] })).toMatchObject({ outcome: 'pass' });
  });

  it('is not quarantined for what the index has proved, when it only alerts for what it has not', async () => {
    const policies = [INDEX, { ...EACH, onFailure: 'alert' as const }];
    expect(await inherited({ policies })).toMatchObject({ outcome: 'fail-missing', onFailure: 'alert' });
  });

  it('passes when it is what BuildKit attests about the images, and no image', async () => {
    const layer = { mediaType: 'application/vnd.in-toto+json', digest: DIGEST, size: 2 };
    const manifest = { ...IMAGE_MANIFEST, layers: [layer] };
    expect(await inherited({ policies: [INDEX, EACH], manifest })).toMatchObject({ outcome: 'pass' });
  });
});

describe('an image listed by an index that failed', () => {
  it('takes the failure over as part of it, and keeps its own with a tag of its own', async () => {
    const parents = [indexWith('fail-evidence')];
    expect(await inherited({ parents })).toMatchObject({ outcome: 'fail-evidence', code: 'INHERITED' });
    expect(await inherited({ parents, tags: ['v1'] })).toMatchObject({ outcome: 'fail-missing' });
  });

  it('passes by its own proof', async () => {
    const parents = [indexWith('fail-evidence')];
    expect(await inherited({ parents, findings: [SIGNED] })).toMatchObject({ outcome: 'pass', code: 'SATISFIED' });
  });
});
