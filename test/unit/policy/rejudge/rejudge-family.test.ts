import { describe, expect, it } from 'vitest';
import type { Digest } from '../../../../src/domain/digest.ts';
import type { Finding } from '../../../../src/domain/finding.ts';
import type { ImagePolicy, PolicySet } from '../../../../src/domain/policy.ts';
import type { Verdict } from '../../../../src/domain/verdict.ts';
import { judge } from '../../../../src/policy/judge/judge.ts';
import { compareVerdicts, type Rejudgement, rejudge } from '../../../../src/policy/rejudge/rejudge.ts';
import { type FamilyMember, type ListedImage, rejudgeFamily } from '../../../../src/policy/rejudge/rejudge-family.ts';
import {
  attestationBy,
  digestFor,
  IMAGE,
  keyRule,
  keySigner,
  NOW,
  policyOf,
  signatureBy,
  verified,
} from '../../../support/findings.ts';

const BY_ALICE = [signatureBy([keyRule('alice')])];
const INDEX_ONLY = policyOf(BY_ALICE);
const EACH = policyOf(BY_ALICE, { platforms: 'each' });
const signedBy = (name: string): Finding => verified({ signer: keySigner(name) });
const ALICE = signedBy('alice');
/** Signed by somebody else, and tried with Alice's key. */
const BOB: Finding = {
  ...signedBy('bob'),
  material: `key:${Object(ALICE.verified?.signer).keyId}`,
};

interface Stored {
  readonly findings?: readonly Finding[];
  readonly lists?: readonly (ListedImage | string)[];
  readonly listedBy?: readonly string[];
  readonly isTagged?: boolean;
  readonly isBuildAttestation?: boolean;
  readonly before?: Partial<Verdict>;
}

/** What each of these subjects comes to under other policies; before, all of them were judged by `INDEX_ONLY`. */
function again(policies: readonly ImagePolicy[], stored: Readonly<Record<string, Stored>>) {
  const set: PolicySet = { revision: 'next', policies, noMatch: 'alert' };
  const members = new Map<Digest, FamilyMember>(
    Object.entries(stored).map(([name, subject]) => [digestFor(name), toMember(name, subject, set)]),
  );
  return (name: string): Rejudgement => {
    const member = members.get(digestFor(name));
    if (member === undefined) throw new Error(`${name} is not on record`);
    return compareVerdicts(
      member,
      rejudgeFamily(member, (digest) => members.get(digest)),
    );
  };
}

function toMember(name: string, stored: Stored, set: PolicySet): FamilyMember {
  const { findings = [], lists = [], listedBy = [], before = {} } = stored;
  const digest = digestFor(name);
  const judged = judge({ policies: [INDEX_ONLY], noMatch: 'alert', image: IMAGE, digest, findings, now: NOW });
  const verdict = { ...judged, ...before };
  return {
    digest,
    verdict,
    alone: rejudge({ image: IMAGE, digest, verdict, findings }, set, NOW),
    isTagged: stored.isTagged ?? false,
    isBuildAttestation: stored.isBuildAttestation ?? false,
    lists: lists.map((listed) =>
      typeof listed === 'string' ? { digest: digestFor(listed), platform: `linux/${listed}` } : listed,
    ),
    listedBy: listedBy.map(digestFor),
  };
}

describe('an index on record, under policies that ask each image in it', () => {
  const index = { findings: [ALICE], lists: ['amd64', 'arm64'] };
  const child = { listedBy: ['index'] };

  it('passes where every image in it is on record with what it must prove', () => {
    const tell = again([EACH], {
      index,
      amd64: { ...child, findings: [ALICE] },
      arm64: { ...child, findings: [ALICE] },
    });
    expect(tell('index')).toMatchObject({ kind: 'same', after: { outcome: 'pass' } });
  });

  it('flips with the image and the reason where one is not', () => {
    const tell = again([EACH], { index, amd64: { ...child, findings: [ALICE] }, arm64: child });
    expect(tell('index')).toMatchObject({
      kind: 'flips',
      after: { outcome: 'fail-missing', reason: expect.stringMatching(/^For linux\/arm64: Nobody has signed/) },
    });
    const forged = again([EACH], { index, amd64: { ...child, findings: [BOB] }, arm64: child });
    expect(forged('index')).toMatchObject({ kind: 'flips', after: { outcome: 'fail-evidence' } });
  });

  it('is not known where the record does not hold one of them, and says which and why', () => {
    const tell = again([EACH], { index, amd64: { ...child, findings: [ALICE] } });
    expect(tell('index')).toEqual({
      kind: 'unknown',
      why: expect.stringContaining(`of linux/arm64 (${digestFor('arm64')}) the record does not tell: no verdict on it`),
    });
    const looked = { outcome: 'indeterminate', code: 'COULD_NOT_TELL' } as const;
    const broken = again([EACH], { index: { ...index, lists: ['amd64'] }, amd64: { ...child, before: looked } });
    expect(broken('index')).toMatchObject({ kind: 'unknown', why: expect.stringContaining('came to no result') });
  });

  it('fails all the same where another image in it does, whatever is missing', () => {
    const tell = again([EACH], { index, amd64: child });
    expect(tell('index')).toMatchObject({ kind: 'flips', after: { outcome: 'fail-missing' } });
  });

  it('fails by itself without a look at what it lists', () => {
    const tell = again([EACH], { index: { ...index, findings: [] } });
    expect(tell('index')).toMatchObject({ kind: 'same', after: { outcome: 'fail-missing' } });
  });

  it("does not ask BuildKit's attestations, but everything else that claims to be for no platform", () => {
    const attestation = { digest: digestFor('attestation'), platform: 'unknown/unknown' };
    const lists = ['amd64', attestation];
    const amd64 = { ...child, findings: [ALICE] };
    const isBuildAttestation = true;
    const tell = (listed: Stored) =>
      again([EACH], { index: { ...index, lists }, amd64, attestation: { ...child, ...listed } })('index');
    expect(tell({ isBuildAttestation })).toMatchObject({ kind: 'same', after: { outcome: 'pass' } });
    expect(tell({})).toMatchObject({ kind: 'flips', after: { outcome: 'fail-missing' } });
    const named = { ...index, lists: ['amd64', { ...attestation, platform: 'linux/arm64' }] };
    const disguised = again([EACH], { index: named, amd64, attestation: { ...child, isBuildAttestation } });
    expect(disguised('index')).toMatchObject({ kind: 'flips', after: { outcome: 'fail-missing' } });
  });

  it('asks the images of indexes in it too, and each once', () => {
    const nested = { findings: [ALICE], lists: ['arm64', 'amd64'], listedBy: ['index'] };
    const stored = { index: { ...index, lists: ['amd64', 'nested'] }, nested, amd64: { ...child, findings: [ALICE] } };
    expect(again([EACH], { ...stored, arm64: child })('index')).toMatchObject({ kind: 'flips' });
    expect(again([EACH], { ...stored, arm64: { findings: [ALICE] } })('index')).toMatchObject({ kind: 'same' });
    expect(again([EACH], stored)('index')).toMatchObject({ kind: 'unknown' });
  });

  it('is rejected if it lists too many, and ends where it lists itself', () => {
    const lists = Array.from({ length: 101 }, (_, at) => `p${at}`);
    const stored = Object.fromEntries(lists.map((name) => [name, { findings: [ALICE] }]));
    expect(again([EACH], { index: { ...index, lists }, ...stored })('index')).toMatchObject({
      kind: 'flips',
      after: { outcome: 'rejected-input' },
    });
    const most = again([EACH], { index: { ...index, lists: lists.slice(1) }, ...stored });
    expect(most('index')).toMatchObject({ kind: 'same', after: { outcome: 'pass' } });
    const circle = { index: { ...index, lists: ['inner'] }, inner: { findings: [ALICE], lists: ['index', 'inner'] } };
    expect(again([EACH], circle)('index')).toMatchObject({ kind: 'same' });
  });

  it('only alerts for policies that only alert', () => {
    const quiet = policyOf(BY_ALICE, { name: 'quiet', platforms: 'each', onFailure: 'alert' });
    const tell = again([INDEX_ONLY, quiet], { index, amd64: child, arm64: child });
    expect(tell('index')).toMatchObject({ after: { outcome: 'fail-missing', onFailure: 'alert' } });
  });

  it('that fails for a policy that only alerts is asked on, for one that does not', () => {
    const quiet = policyOf(BY_ALICE, { name: 'quiet', platforms: 'each', onFailure: 'alert' });
    const bob = policyOf([signatureBy([keyRule('bob')])], { platforms: 'each' });
    const tried = { ...signedBy('carol'), material: BOB.material };
    const stored = { index: { findings: [signedBy('bob'), tried], lists: ['amd64'] } };
    const tell = again([quiet, bob], { ...stored, amd64: child });
    expect(tell('index')).toMatchObject({
      after: { onFailure: 'quarantine', reason: expect.stringMatching(/^For linux/) },
    });
  });
});

describe('an image that an index on record lists', () => {
  const inherited = { outcome: 'pass', code: 'INHERITED' } as const;

  it('passes with the index as before, without evidence of its own', () => {
    const index = { findings: [ALICE], lists: ['amd64'] };
    const amd64 = { listedBy: ['index'], before: inherited };
    expect(again([INDEX_ONLY], { index, amd64 })('amd64')).toMatchObject({
      kind: 'same',
      after: { code: 'INHERITED' },
    });
  });

  it('passes by itself, whatever becomes of the index', () => {
    const index = { findings: [BOB], lists: ['amd64'] };
    const amd64 = { findings: [ALICE], listedBy: ['index'] };
    expect(again([INDEX_ONLY], { index, amd64 })('amd64')).toMatchObject({
      kind: 'same',
      after: { code: 'SATISFIED' },
    });
  });

  it('is not known where its own evidence might make it pass, and the index does not', () => {
    const bob = policyOf([signatureBy([keyRule('bob')])]);
    const stored = { index: { lists: ['amd64'] }, amd64: { findings: [ALICE], listedBy: ['index'] } };
    expect(again([bob], stored)('amd64')).toMatchObject({
      kind: 'unknown',
      why: expect.stringContaining('never tried'),
    });
  });

  it('takes no pass over while it lacks anything that each image is asked for', () => {
    const two = [signatureBy([keyRule('alice')]), attestationBy([keyRule('alice')])];
    const sbom = verified({ signer: keySigner('alice'), predicateType: 'https://cyclonedx.org/bom' });
    const stored = {
      index: { findings: [ALICE, sbom], lists: [] },
      amd64: { findings: [ALICE], listedBy: ['index'] },
    };
    const loud = policyOf(two, { name: 'loud', platforms: 'each' });
    const quiet = policyOf(two, { name: 'quiet', platforms: 'each', onFailure: 'alert' });
    expect(again([loud, quiet], stored)('amd64')).toMatchObject({
      kind: 'flips',
      after: { outcome: 'fail-missing', code: 'ATTESTATION_MISSING', onFailure: 'quarantine' },
    });
  });

  it('fails with the index, unless it has a tag of its own', () => {
    const index = { findings: [BOB], lists: ['amd64'] };
    const amd64 = { listedBy: ['index'], before: inherited };
    expect(again([INDEX_ONLY], { index, amd64 })('amd64')).toMatchObject({
      kind: 'flips',
      after: { outcome: 'fail-evidence', code: 'INHERITED' },
    });
    expect(again([INDEX_ONLY], { index, amd64: { ...amd64, isTagged: true } })('amd64')).toMatchObject({
      kind: 'flips',
      after: { outcome: 'fail-missing', code: 'SIGNATURE_MISSING' },
    });
  });

  it('takes no pass over for policies that ask each image, unless it is none', () => {
    const index = { findings: [ALICE], lists: [] };
    const amd64 = { listedBy: ['index'], before: inherited };
    expect(again([EACH], { index, amd64 })('amd64')).toMatchObject({
      kind: 'flips',
      after: { outcome: 'fail-missing', code: 'SIGNATURE_MISSING' },
    });
    expect(again([EACH], { index, amd64: { ...amd64, isBuildAttestation: true } })('amd64')).toMatchObject({
      kind: 'same',
    });
  });

  it('takes the pass over although its own evidence was never tried with what the new policies name', () => {
    const bob = policyOf([signatureBy([keyRule('bob')])]);
    const stored = { index: { findings: [signedBy('bob')], lists: ['amd64'] } };
    const amd64 = { findings: [ALICE], listedBy: ['index'] };
    expect(again([bob], { ...stored, amd64 })('amd64')).toMatchObject({
      after: { outcome: 'pass', code: 'INHERITED' },
    });
    const each = policyOf([signatureBy([keyRule('bob')])], { platforms: 'each' });
    expect(again([each], { index: { ...stored.index, lists: [] }, amd64 })('amd64')).toMatchObject({ kind: 'unknown' });
  });

  it('is not known where the index is not', () => {
    const index = { lists: ['amd64'], before: { outcome: 'indeterminate', code: 'COULD_NOT_TELL' } as const };
    const amd64 = { listedBy: ['index'], before: inherited };
    expect(again([INDEX_ONLY], { index, amd64 })('amd64')).toEqual({
      kind: 'unknown',
      why: `it passes with the index ${digestFor('index')}, of which the record does not tell`,
    });
    expect(again([INDEX_ONLY], { amd64 })('amd64')).toMatchObject({
      kind: 'unknown',
      why: expect.stringContaining('not on record any more'),
    });
  });

  it('passes with any of the indexes that list it', () => {
    const stored = {
      bad: { findings: [BOB], lists: ['amd64'] },
      good: { findings: [ALICE], lists: ['amd64'] },
      amd64: { listedBy: ['bad', 'good'] },
    };
    expect(again([INDEX_ONLY], stored)('amd64')).toMatchObject({ after: { outcome: 'pass' } });
  });

  it('is judged as part of an index in an index', () => {
    const stored = {
      outer: { findings: [ALICE], lists: ['inner'] },
      inner: { lists: ['amd64'], listedBy: ['outer'], before: inherited },
      amd64: { listedBy: ['inner'], before: inherited },
    };
    expect(again([INDEX_ONLY], stored)('amd64')).toMatchObject({ kind: 'same', after: { outcome: 'pass' } });
    const circle = {
      inner: { lists: ['amd64'], listedBy: ['amd64'] },
      amd64: { lists: ['inner'], listedBy: ['inner'] },
    };
    expect(again([INDEX_ONLY], circle)('amd64')).toMatchObject({ after: { outcome: 'fail-missing' } });
  });
});
