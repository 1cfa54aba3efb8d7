import { describe, expect, it } from 'vitest';
import type { PolicyKey, Requirement, SignerRule } from '../../../../src/domain/policy.ts';
import type { Verdict } from '../../../../src/domain/verdict.ts';
import { identityRule, policyOf, provenanceBy, signatureBy } from '../../../support/findings.ts';
import { JUDGED, judgeReal } from '../../../support/judge-evidence.ts';
import { createKeyPair, createSigstoreWorld, type TestKey } from '../../../support/sigstore-world.ts';
import { SITUATIONS, verdictOn } from '../../../support/verdicts.ts';
import { bundleEvidence, layerEvidence, NOW } from '../../verification/evidence.ts';

const world = createSigstoreWorld({ now: () => NOW });
const other = createSigstoreWorld({ now: () => NOW });
const { digest } = JUDGED;

const ruleOf = ({ keyId, pem }: TestKey, more: Partial<PolicyKey> = {}): SignerRule => ({
  kind: 'key',
  key: { keyId, pem, name: 'keys/team.pub', ...more },
});

const judged = (requirement: Requirement, ...items: Parameters<typeof judgeReal>[2]): Verdict =>
  judgeReal(world, [policyOf([requirement])], items, NOW);
const adviceOf = ({ requirements: [first] }: Verdict): string => first?.advice ?? '';

describe('advice', () => {
  it.each(Object.entries(SITUATIONS))('for %s never tells to sign with a current cosign', (_, situation) => {
    for (const { advice } of verdictOn(situation).requirements) expect(advice).not.toMatch(/current cosign/);
  });

  it('accuses nobody where the key that the policy names did sign', () => {
    const key = createKeyPair();
    const bundle = bundleEvidence(world.signImageBundle({ digest, identity: { kind: 'key', key } }));
    const logged = ruleOf(key, { trust: 'sigstore', transparencyLog: 'required' });
    const verdict = judged(signatureBy([logged]), bundle);
    expect(verdict.code).toBe('LOG_PROOF_INVALID');
    expect(adviceOf(verdict)).not.toMatch(/find out/);
    // Nor where a stranger signed besides: whoever was asked for did sign this image.
    const stranger = bundleEvidence(world.signImageBundle({ digest, identity: world.mintGithub() }));
    const both = judged(signatureBy([logged, identityRule('someone')]), stranger, bundle);
    expect(adviceOf(both)).not.toMatch(/find out/);
    const alone = judged(signatureBy([logged, identityRule('someone')]), stranger);
    expect(adviceOf(alone)).toMatch(/if not, find out who pushed the image/);
  });

  it('accuses nobody where the identity that the policy names attested something else', () => {
    const identity = world.mintGithub();
    const provenance = world.attestProvenance({
      digest,
      identity,
      source: { repository: 'https://github.com/evil/app' },
    });
    const rule = identityRule(identity.subject);
    const verdict = judged(provenanceBy([rule]), bundleEvidence(provenance));
    expect(verdict.outcome).toBe('fail-evidence');
    expect(adviceOf(verdict)).not.toMatch(/find out/);
  });

  it('tells to look for who attached what nobody named has signed', () => {
    const forged = world.signImageBundle({ digest, identity: { kind: 'key', key: createKeyPair() } });
    const verdict = judged(signatureBy([ruleOf(createKeyPair())]), bundleEvidence(forged));
    expect(verdict.code).toBe('SIGNATURE_INVALID');
    expect(adviceOf(verdict)).toMatch(/find out who attached this/);
  });

  it.each([
    [{ hash: 'sha512' }, '`hash: sha512`'],
    [{ padding: 'pss' }, '`padding: pss`'],
  ] as const)('names what to write for an RSA key that signs with %o', (style, told) => {
    const key = createKeyPair('rsa2048');
    const layer = layerEvidence(world.cosignSignature({ digest, identity: { kind: 'key', key, style } }));
    const verdict = judged(signatureBy([ruleOf(key)]), layer);
    expect(verdict.outcome).toBe('fail-evidence');
    expect(adviceOf(verdict)).toBe(`If the key is meant to sign so, write ${told} next to it in the policy.`);
    expect(verdict.reason).toContain('the signature is of this key, but made in another way');
  });
});

describe('a time that nothing proves', () => {
  const key = createKeyPair();
  const stamped = other.signImageBundle({ digest, identity: { kind: 'key', key }, timestamp: true });
  const requirement = (rule: SignerRule): Requirement => signatureBy([rule], { maxAgeMs: 86_400_000 });

  it('is told with the timestamp that was refused, and why', () => {
    const verdict = judged(requirement(ruleOf(key, { trust: 'sigstore' })), bundleEvidence(stamped));
    expect(verdict.code).toBe('TIME_UNPROVEN');
    expect(verdict.reason).toContain('nothing proves when it was signed');
    expect(verdict.reason).toContain('no authority of the trust root "sigstore" made it');
  });

  it('is told with the trust root that the policy does not name', () => {
    const verdict = judged(requirement(ruleOf(key)), bundleEvidence(stamped));
    expect(verdict.code).toBe('TIME_UNPROVEN');
    expect(verdict.reason).toMatch(/It came with a timestamp, but the policy names nobody who may vouch for a time/);
  });

  it('is told without a timestamp where there is none', () => {
    const bare = world.signImageBundle({ digest, identity: { kind: 'key', key } });
    const verdict = judged(requirement(ruleOf(key, { trust: 'sigstore' })), bundleEvidence(bare));
    expect(verdict.reason).not.toMatch(/timestamp/);
  });
});

describe('an image with only a signature of Notation', () => {
  it('is told so, is not called unsigned, and lacks a signature', () => {
    const notation = {
      kind: 'refused',
      digest: JUDGED.digest,
      place: 'referrer',
      announced: { kind: 'artifact', artifactType: 'application/vnd.cncf.notary.signature' },
      code: 'EVIDENCE_UNSUPPORTED',
      why: 'it is a signature of Notation, and those are not checked here',
    } as const;
    const verdict = judged(signatureBy([ruleOf(createKeyPair())]), notation);
    expect(verdict).toMatchObject({ outcome: 'fail-missing', code: 'SIGNATURE_MISSING' });
    expect(verdict.reason).not.toMatch(/nobody/i);
    expect(verdict.reason).toContain('the image has a signature of Notation');
    expect(adviceOf(verdict)).toContain('cosign sign');
    const [tried] = verdict.requirements[0]?.evidence ?? [];
    expect(tried?.message).toContain('those are not checked here');
  });
});

describe('an image with only an attestation', () => {
  it('is not called unsigned', () => {
    const identity = world.mintGithub();
    const attested = bundleEvidence(world.attestProvenance({ digest, identity }));
    const verdict = judged(signatureBy([identityRule(identity.subject)]), attested);
    expect(verdict.outcome).toBe('fail-missing');
    expect(verdict.reason).not.toMatch(/nobody/i);
    expect(verdict.reason).toContain('the image has an attestation of type https://slsa.dev/provenance/v1');
  });
});
