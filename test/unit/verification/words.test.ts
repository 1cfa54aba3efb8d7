import { describe, expect, it } from 'vitest';
import type { Finding, FindingCode } from '../../../src/domain/finding.ts';
import { judge } from '../../../src/policy/judge/judge.ts';
import { createKeyMaterial } from '../../../src/verification/check/key-material.ts';
import { toFinding } from '../../../src/verification/check/to-finding.ts';
import { createTrustMaterial } from '../../../src/verification/check/trust-material.ts';
import { parseEvidence } from '../../../src/verification/read/parse-evidence.ts';
import { identityRule, keyRule, policyOf, signatureBy } from '../../support/findings.ts';
import { createKeyPair, createSigstoreWorld, type KeylessRequest } from '../../support/sigstore-world.ts';
import { bundleEvidence, check, IMAGE, item, NOW, OTHER_IMAGE, policyKey, rootOf } from './evidence.ts';

const world = createSigstoreWorld({ now: () => NOW });
const stranger = createSigstoreWorld({ now: () => NOW });
const trust = createTrustMaterial(rootOf(world));
const { digest } = IMAGE;
const key = createKeyPair();
const keyed = { kind: 'key', key } as const;
const identity = world.mintGithub();
const ended = { validFor: { end: new Date('2026-11-01T00:00:00Z') } };

const signed = (form: object = {}): Finding => check(trust, world.signImageBundle({ digest, identity, ...form }));
const minted = (request: KeylessRequest): Finding =>
  check(trust, world.signImageBundle({ digest, identity: world.mintKeyless(request) }));
const payload = (text: string, payloadType?: string): Finding =>
  check(trust, world.signPayload({ identity, payload: text, ...(payloadType !== undefined && { payloadType }) }));

/** For each code, how evidence comes by it. */
const WAYS: Readonly<Record<FindingCode, () => Finding>> = {
  VERIFIED: () => signed(),
  SIGNATURE_INVALID: () =>
    check(createKeyMaterial(policyKey(createKeyPair())), world.signImageBundle({ digest, identity: keyed })),
  SIGNER_UNVERIFIABLE: () => signed({ at: new Date('2026-11-24T13:00:00Z') }),
  SIGNER_UNTRUSTED: () => signed({ identity: stranger.mintGithub() }),
  CERTIFICATE_UNSUITABLE: () => minted({ purposes: ['1.3.6.1.5.5.7.3.1'] }),
  KEY_NOT_VALID: () =>
    check(createKeyMaterial(policyKey(key), ended), world.signImageBundle({ digest, identity: keyed })),
  LOG_PROOF_INVALID: () => signed({ log: 'none' }),
  LOG_ENTRY_MISMATCH: () =>
    signed({
      alter: ({ verificationMaterial }: { verificationMaterial: { tlogEntries: { kindVersion: object }[] } }) => {
        item(verificationMaterial.tlogEntries).kindVersion = { kind: 'hashedrekord', version: '0.0.1' };
      },
    }),
  TIMESTAMP_INVALID: () =>
    check(
      createTrustMaterial(rootOf(world, { log: 0 })),
      stranger.signImageBundle({ digest, identity, log: 'none', timestamp: true }),
    ),
  TIME_UNPROVEN: () => signed({ log: 'rekor2', timestamp: false }),
  SUBJECT_MISMATCH: () => check(trust, world.signImageBundle({ digest, identity }), OTHER_IMAGE),
  PAYLOAD_TYPE_WRONG: () => payload('{}', 'text/plain'),
  STATEMENT_MALFORMED: () => payload('{"_type":"https://in-toto.io/Statement/v1"}'),
  MATERIAL_MISMATCH: () => check(trust, world.signImageBundle({ digest, identity: keyed })),
  EVIDENCE_MALFORMED: () => check(trust, Buffer.from('{')),
  EVIDENCE_UNSUPPORTED: () => check(trust, Buffer.from('{"mediaType":"application/vnd.dev.sigstore.bundle.v9+json"}')),
  EVIDENCE_ABSENT: () => {
    const why = 'the registry does not have the manifest that its list names';
    const absent = { kind: 'refused', code: 'EVIDENCE_ABSENT', why, digest, place: 'referrer' } as const;
    return trust.verify(absent, IMAGE, NOW);
  },
  EVIDENCE_OVER_LIMIT: () =>
    signed({
      alter: ({ verificationMaterial }: { verificationMaterial: { tlogEntries: unknown[] } }) => {
        verificationMaterial.tlogEntries = Array(5).fill(verificationMaterial.tlogEntries[0]);
      },
    }),
  TRUST_ROOT_STALE: () =>
    check(
      createTrustMaterial({ ...rootOf(world), stale: 'it was last refreshed from tuf.example.com on 2026-01-01' }),
      world.signImageBundle({ digest, identity: stranger.mintGithub() }),
    ),
  EVIDENCE_UNPROCESSABLE: () =>
    toFinding(parseEvidence(bundleEvidence(Buffer.from('{}'))), 'trust:acme', () => {
      throw new TypeError('a fault of ours');
    }),
};

describe('the words of a finding', () => {
  it.each(Object.entries(WAYS))('%s is explained to a person who has never heard of Sigstore', (code, way) => {
    const { message, expected, found, ...finding } = way();
    expect(finding.code).toBe(code);
    expect({ message, expected, found }).toMatchSnapshot();
  });

  it.each(Object.entries(WAYS))('%s make a verdict whose sentence has no name of the machinery in it', (code, way) => {
    const found = way();
    const rules = [identityRule('https://nobody.example', 'https://nobody.example', 'acme'), keyRule('nobody')];
    const policies = [policyOf([signatureBy(rules)])];
    // As it is about any image, signed by anybody: what counts here are the words.
    const findings = [{ ...found, claim: { kind: 'signature' }, material: 'trust:acme' } as const];
    const verdict = judge({ policies, noMatch: 'fail', image: 'registry.test/app', digest, findings, now: NOW });
    expect(verdict.code).toBe(code === 'VERIFIED' ? 'SIGNER_NOT_ALLOWED' : code);
    expect(verdict.reason).toMatch(/^[A-Z].*\.$/);
    expect(verdict.reason).not.toMatch(
      /rekor|fulcio|dsse|in-toto|predicate|SCT|tlog|SLSA|sigstore|TSA|EKU|OID|undefined/i,
    );
    const [requirement] = verdict.requirements;
    for (const part of [found.expected, found.found])
      if (part !== undefined && code !== 'TRUST_ROOT_STALE') expect(requirement?.found).toContain(part);
  });

  it('never carry the details of an error nobody foresaw', () => {
    expect(JSON.stringify(WAYS.EVIDENCE_UNPROCESSABLE())).not.toContain('a fault of ours');
  });
});
