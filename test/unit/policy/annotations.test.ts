import { describe, expect, it } from 'vitest';
import type { Finding } from '../../../src/domain/finding.ts';
import type { PolicySet } from '../../../src/domain/policy.ts';
import { InvalidInputError } from '../../../src/kit/errors.ts';
import type { JsonObject } from '../../../src/kit/json.ts';
import { judge } from '../../../src/policy/judge/judge.ts';
import { parsePolicyDocuments } from '../../../src/policy/read/parse-policy-documents.ts';
import { createKeyMaterial } from '../../../src/verification/check/key-material.ts';
import { verifyEvidence } from '../../../src/verification/check/verify-evidence.ts';
import { createKeyPair, createSigstoreWorld } from '../../support/sigstore-world.ts';
import { bundleEvidence, IMAGE, layerEvidence, NOW, policyKey } from '../verification/evidence.ts';

const world = createSigstoreWorld({ now: () => NOW });
const alice = createKeyPair();
const mallory = createKeyPair();
const { digest } = IMAGE;

function parse(annotations: unknown, kind = 'signature'): PolicySet {
  const wanted = {
    signer: { key: 'alice.pub' },
    annotations,
    ...(kind === 'attestation' && { type: 'https://a.test' }),
  };
  const text = JSON.stringify({
    apiVersion: 'lazaret.dev/v1',
    kind: 'ImagePolicy',
    metadata: { name: 'released' },
    spec: { images: ['**'], require: [{ name: 'to production', [kind]: wanted }] },
  });
  return parsePolicyDocuments([{ file: 'p.yaml', text }], () => alice.pem, { trustNames: [], noMatch: 'alert' });
}

/** What cosign 3 makes of `-a`: annotations of the subject in a bundle. */
function inBundle(annotations: unknown, key = alice): Finding {
  const payload = JSON.stringify({
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ digest: { sha256: digest.slice('sha256:'.length) }, annotations }],
    predicateType: 'https://sigstore.dev/cosign/sign/v1',
    predicate: {},
  });
  return verify(bundleEvidence(world.signPayload({ identity: { kind: 'key', key }, payload })));
}

/** What it makes of `-a` in the format before bundles: `optional` of the payload. */
function inLayer(optional: JsonObject, key = alice): Finding {
  return verify(layerEvidence(world.cosignSignature({ digest, identity: { kind: 'key', key }, optional })));
}

function verify(item: ReturnType<typeof bundleEvidence>): Finding {
  const material = createKeyMaterial(policyKey(alice));
  const [finding] = verifyEvidence({ subject: digest, items: [item] }, IMAGE, [material], NOW);
  if (finding === undefined) throw new Error('there is no finding');
  return finding;
}

function verdictOn(annotations: unknown, ...findings: readonly Finding[]) {
  const { policies } = parse(annotations);
  return judge({ policies, noMatch: 'alert', image: 'registry.test/app', digest, findings, now: NOW });
}

describe.each([
  ['in a bundle', inBundle],
  ['under a .sig tag', inLayer],
] as const)('a signature with annotations, %s', (_, signed) => {
  const codeOf = (wanted: unknown, annotations: JsonObject): string => verdictOn(wanted, signed(annotations)).code;

  it('counts if it has all that are asked for, whatever else it has', () => {
    expect(codeOf({ stage: 'prod' }, { stage: 'prod', build: '7' })).toBe('SATISFIED');
    expect(codeOf({ stage: 'prod', build: '7' }, { stage: 'prod', build: '7' })).toBe('SATISFIED');
    expect(codeOf(undefined, { stage: 'prod' })).toBe('SATISFIED');
  });

  it.each([
    ['another value', { stage: 'dev' }],
    ['a longer value', { stage: 'prod2' }],
    ['another name', { Stage: 'prod' }],
    ['none', {}],
    ['a list with the value', { stage: ['prod'] }],
    ['an object of that name', { stage: { stage: 'prod' } }],
    ['nothing under the name', { stage: null }],
  ])('does not count with %s', (__, annotations) => {
    const verdict = verdictOn({ stage: 'prod' }, signed(annotations));
    expect(verdict).toMatchObject({ outcome: 'fail-evidence', code: 'ANNOTATION_MISMATCH' });
    expect(verdict.requirements[0]?.found).toMatch(/the policy wants stage = prod\.$/);
  });

  it('compares text with text only', () => {
    expect(codeOf({ build: '7' }, { build: 7 })).toBe('ANNOTATION_MISMATCH');
    expect(codeOf({ build: { pattern: '.*' } }, { build: true })).toBe('ANNOTATION_MISMATCH');
  });

  it('is matched by a pattern from the first to the last character', () => {
    const build = { pattern: '[0-9]+' };
    expect(codeOf({ build }, { build: '17' })).toBe('SATISFIED');
    expect(codeOf({ build }, { build: '17-dirty' })).toBe('ANNOTATION_MISMATCH');
    expect(codeOf({ absent: { pattern: '.*' } }, { build: '17' })).toBe('ANNOTATION_MISMATCH');
  });

  it('finds no annotation that is only inherited', () => {
    for (const name of ['constructor', 'toString']) {
      const wanted = JSON.parse(`{ "${name}": { "pattern": ".*" } }`);
      expect(codeOf(wanted, { stage: 'prod' })).toBe('ANNOTATION_MISMATCH');
    }
  });

  it('does not count by whom nobody allowed, and harms no good one', () => {
    expect(verdictOn({ stage: 'prod' }, signed({ stage: 'prod' }, mallory)).outcome).toBe('fail-evidence');
    const both = [signed({ stage: 'dev' }), signed({ stage: 'prod' })];
    expect(verdictOn({ stage: 'prod' }, ...both).outcome).toBe('pass');
    expect(verdictOn({ stage: 'prod' }, ...both.toReversed()).outcome).toBe('pass');
  });

  it('must have all of them itself: two signatures with a part each are not enough', () => {
    const parts = [signed({ stage: 'prod' }), signed({ build: '7' })];
    expect(verdictOn({ stage: 'prod', build: '7' }, ...parts).code).toBe('ANNOTATION_MISMATCH');
  });
});

describe('annotations of a statement', () => {
  const statement = (subject: readonly object[]): Finding => {
    const payload = JSON.stringify({
      _type: 'https://in-toto.io/Statement/v1',
      subject,
      predicateType: 'https://sigstore.dev/cosign/sign/v1',
    });
    return verify(bundleEvidence(world.signPayload({ identity: { kind: 'key', key: alice }, payload })));
  };
  const sha256 = digest.slice('sha256:'.length);
  const wanted = { stage: 'prod' };

  it('are those of this image, not of another subject, and of the first that is this image', () => {
    const other = { digest: { sha256: '0'.repeat(64) }, annotations: wanted };
    expect(verdictOn(wanted, statement([other, { digest: { sha256 } }])).code).toBe('ANNOTATION_MISMATCH');
    expect(verdictOn(wanted, statement([other, { digest: { sha256 }, annotations: wanted }])).code).toBe('SATISFIED');
    const twice = [{ digest: { sha256 } }, { digest: { sha256 }, annotations: wanted }];
    expect(verdictOn(wanted, statement(twice)).code).toBe('ANNOTATION_MISMATCH');
  });

  it('are none where they are not an object, which harms nothing else', () => {
    for (const annotations of ['stage=prod', ['prod'], null, 7]) {
      expect(verdictOn(wanted, inBundle(annotations)).code).toBe('ANNOTATION_MISMATCH');
      expect(verdictOn(undefined, inBundle(annotations)).code).toBe('SATISFIED');
    }
  });

  it('are none in a signature over the manifest itself', () => {
    const bundle = world.signImageBundle({ digest, identity: { kind: 'key', key: alice }, manifest: IMAGE.manifest! });
    const verdict = verdictOn(wanted, verify(bundleEvidence(bundle)));
    expect(verdict.code).toBe('ANNOTATION_MISMATCH');
    expect(verdict.requirements[0]?.found).toContain('signed without the annotation stage;');
  });
});

describe('`annotations` of a requirement', () => {
  const faultIn = (annotations: unknown, kind?: string): string => {
    try {
      parse(annotations, kind);
    } catch (error) {
      if (error instanceof InvalidInputError) return error.issues.map(({ message }) => message).join('\n');
      throw error;
    }
    throw new Error('no fault was found');
  };

  it('are part of what the policy means', () => {
    const revisions = [undefined, { stage: 'prod' }, { stage: 'dev' }, { stage: { pattern: 'prod' } }].map(
      (annotations) => parse(annotations).revision,
    );
    expect(new Set(revisions).size).toBe(4);
  });

  it.each([
    ['a number', { build: 7 }, /annotations\.build: expected text/],
    ['a bad pattern', { build: { pattern: '(' } }, /expected a regular expression/],
    ['an empty value', { stage: '' }, /annotations\.stage: expected text, got nothing/],
    ['none', {}, /expected at least one annotation/],
    ['a list', ['stage'], /annotations: expected an object/],
    ['a name that schemas pass over', JSON.parse('{"stage":"prod","__proto__":"x"}'), /another key than "__proto__"/],
  ])('are read strictly: %s', (_, annotations, words) => {
    expect(faultIn(annotations)).toMatch(words);
  });

  it.each(['attestation', 'provenance'])('are no part of %s', (kind) => {
    expect(faultIn({ stage: 'prod' }, kind)).toMatch(/unknown key "annotations"/);
  });
});
