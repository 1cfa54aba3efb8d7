import { describe, expect, it } from 'vitest';
import { createKeyMaterial } from '../../../src/verification/check/key-material.ts';
import { createTrustMaterial } from '../../../src/verification/check/trust-material.ts';
import type { LogBody } from '../../support/sigstore/logs.ts';
import { createKeyPair, createSigstoreWorld } from '../../support/sigstore-world.ts';
import {
  bundleEvidence,
  check,
  IMAGE,
  layerEvidence,
  MANIFEST,
  NOW,
  OTHER_IMAGE,
  OTHER_MANIFEST,
  policyKey,
  rootOf,
} from './evidence.ts';

const world = createSigstoreWorld({ now: () => NOW });
const trust = createTrustMaterial(rootOf(world));
const identity = world.mintKeyless();
const { digest } = IMAGE;
const HEX = digest.slice('sha256:'.length);
const OTHER_HEX = OTHER_IMAGE.digest.slice('sha256:'.length);

const V1 = 'https://in-toto.io/Statement/v1';
const statement = (subject: unknown, more: object = {}): string =>
  JSON.stringify({ _type: V1, subject, predicateType: 'https://example.test/p', predicate: {}, ...more });
const about = (hex: unknown): unknown[] => [{ name: 'app', digest: { sha256: hex } }];
const judge = (payload: string, payloadType?: string) =>
  check(trust, world.signPayload({ identity, payload, ...(payloadType !== undefined && { payloadType }) }));

describe('the subject of a statement (W3)', () => {
  it.each([
    ['another digest', about(OTHER_HEX)],
    ['the right name only', [{ name: digest, digest: { sha256: OTHER_HEX } }]],
    ['a sha512 only', [{ name: 'app', digest: { sha512: HEX + HEX } }]],
    ['upper case', about(HEX.toUpperCase())],
    ['a prefix of the digest', about(HEX.slice(0, 63))],
    ['the digest and more', about(`${HEX}00`)],
    ['the digest with its algorithm', about(digest)],
    ['a null digest', [{ name: 'app', digest: null }]],
    ['a null value', about(null)],
    ['a null subject', [null]],
    ['a list of digests', about([HEX])],
    ['a digest that is only inherited', [JSON.parse(`{"digest":{"__proto__":{"sha256":"${HEX}"}}}`)]],
  ])('refuses %s', (_, subject) => {
    expect(judge(statement(subject))).toMatchObject({ code: 'SUBJECT_MISMATCH', expected: digest });
  });

  it.each([
    ['no subject', undefined],
    ['an empty list', []],
    ['an object', { digest: { sha256: HEX } }],
    ['null', null],
  ])('refuses %s as malformed', (_, subject) => {
    expect(judge(statement(subject))).toMatchObject({ code: 'STATEMENT_MALFORMED' });
  });

  it('accepts a statement whose second subject is the image', () => {
    expect(judge(statement([...about(OTHER_HEX), ...about(HEX)]))).toMatchObject({ code: 'VERIFIED' });
  });

  it('names the digest it found', () => {
    expect(judge(statement([...about(OTHER_HEX), ...about(OTHER_HEX)]))).toMatchObject({
      found: `sha256:${OTHER_HEX} and 1 more`,
    });
  });

  it('refuses good evidence of another image (C4)', () => {
    const bundle = world.attestProvenance({ digest, identity: world.mintGithub() });
    expect(check(trust, bundle)).toMatchObject({ code: 'VERIFIED' });
    expect(check(trust, bundle, OTHER_IMAGE)).toMatchObject({ code: 'SUBJECT_MISMATCH' });
  });
});

describe('the payload of an envelope (W4, C5)', () => {
  const good = statement(about(HEX));
  it.each([
    'text/plain',
    'application/vnd.in-toto+json; charset=utf-8',
    'application/vnd.in-toto+json ',
    'Application/vnd.in-toto+json',
    'application/json',
  ])('refuses the type %o', (payloadType) => {
    expect(judge(good, payloadType)).toMatchObject({ code: 'PAYLOAD_TYPE_WRONG', found: payloadType.trim() });
  });

  it('refuses an empty type', () => {
    expect(judge(good, '')).toMatchObject({ code: 'PAYLOAD_TYPE_WRONG', found: 'no type' });
  });

  it.each(['not JSON', '{', '', '{"a":1,"a":2}', '\u{feff}{}'])(
    'refuses signed bytes that are not JSON: %o',
    (payload) => {
      expect(judge(payload)).toMatchObject({
        code: payload === '' ? 'EVIDENCE_MALFORMED' : 'STATEMENT_MALFORMED',
        claim: { kind: 'unknown' },
      });
    },
  );

  it.each(['null', '[]', '"text"', '1', '{}'])('refuses signed JSON that is no statement: %s', (payload) => {
    expect(judge(payload)).toMatchObject({ code: 'STATEMENT_MALFORMED' });
  });

  it.each(['https://in-toto.io/Statement/v2', 'https://in-toto.io/statement/v1', `${V1}/`, '', undefined])(
    'refuses a statement of type %o',
    (_type) => {
      expect(judge(statement(about(HEX), { _type }))).toMatchObject({ code: 'STATEMENT_MALFORMED' });
    },
  );

  it('accepts both versions of in-toto statements', () => {
    for (const _type of ['https://in-toto.io/Statement/v0.1', V1]) {
      expect(judge(statement(about(HEX), { _type }))).toMatchObject({ code: 'VERIFIED' });
    }
  });
});

describe('the predicate (W5)', () => {
  it('is handed on with exactly the type that was signed', () => {
    const signed = statement(about(HEX), { predicateType: 'https://cosign.sigstore.dev/attestation/vuln/v1' });
    expect(judge(signed).verified?.statement?.predicateType).toBe('https://cosign.sigstore.dev/attestation/vuln/v1');
  });

  it.each([undefined, null, '', 1, ['https://slsa.dev/provenance/v1']])(
    'is refused with the type %o',
    (predicateType) => {
      expect(judge(statement(about(HEX), { predicateType }))).toMatchObject({
        code: 'STATEMENT_MALFORMED',
        claim: { kind: 'unknown' },
      });
    },
  );

  it.each([[['a list']], ['text'], [1], [true]])('is refused when it is %o', (predicate) => {
    expect(judge(statement(about(HEX), { predicate }))).toMatchObject({ code: 'STATEMENT_MALFORMED' });
  });

  it('may be left out, which is the same as an empty one', () => {
    expect(judge(statement(about(HEX), { predicate: undefined })).verified?.statement?.predicate).toEqual({});
  });

  it('cannot be taken for a signature of the image when it is something else', () => {
    expect(judge(statement(about(HEX))).claim).toEqual({
      kind: 'attestation',
      predicateType: 'https://example.test/p',
    });
  });
});

describe('a message signature (W7)', () => {
  const key = createKeyPair();
  const signer = { kind: 'key', key } as const;
  const material = createKeyMaterial(policyKey(key));

  it('is refused over other bytes, with and without a log entry', () => {
    const keyless = world.signImageBundle({ digest, identity, manifest: OTHER_MANIFEST });
    expect(check(trust, keyless)).toMatchObject({ code: 'SUBJECT_MISMATCH' });
    const keyed = world.signImageBundle({ digest, identity: signer, manifest: OTHER_MANIFEST });
    expect(check(material, keyed)).toMatchObject({ code: 'SUBJECT_MISMATCH' });
  });

  it('is refused when it names another digest than the bytes it signs, with no log entry to compare', () => {
    const bundle = world.signImageBundle({
      digest,
      identity: signer,
      manifest: MANIFEST,
      alter: ({ messageSignature }) => {
        if (messageSignature) messageSignature.messageDigest.digest = Buffer.from(OTHER_HEX, 'hex').toString('base64');
      },
    });
    expect(check(material, bundle)).toMatchObject({ code: 'SUBJECT_MISMATCH' });
  });

  it('is refused when it names the right digest and signs other bytes', () => {
    const bundle = world.signImageBundle({
      digest,
      identity: signer,
      manifest: OTHER_MANIFEST,
      alter: ({ messageSignature }) => {
        if (messageSignature) messageSignature.messageDigest.digest = Buffer.from(HEX, 'hex').toString('base64');
      },
    });
    expect(check(material, bundle)).toMatchObject({ code: 'SIGNATURE_INVALID' });
  });

  it('is checked by its digest alone where only that is at hand, and only where that is enough', () => {
    const bundle = world.signImageBundle({ digest, identity, manifest: MANIFEST });
    expect(check(trust, bundle, { digest })).toMatchObject({ code: 'VERIFIED' });
    expect(check(trust, bundle, { digest: OTHER_IMAGE.digest })).toMatchObject({ code: 'SUBJECT_MISMATCH' });
    const edKey = createKeyPair('ed25519');
    const ed = world.signImageBundle({ digest, identity: { kind: 'key', key: edKey }, manifest: MANIFEST });
    const code = check(createKeyMaterial(policyKey(edKey)), ed, { digest }).code;
    expect(code).toBe('EVIDENCE_UNSUPPORTED');
    const forged = world.signImageBundle({
      digest,
      identity: signer,
      manifest: OTHER_MANIFEST,
      alter: ({ messageSignature }) => {
        if (messageSignature) messageSignature.messageDigest.digest = Buffer.from(HEX, 'hex').toString('base64');
      },
    });
    expect(check(material, forged, { digest })).toMatchObject({ code: 'SIGNATURE_INVALID' });
    const broken = world.signImageBundle({
      digest,
      identity: signer,
      manifest: MANIFEST,
      alter: ({ messageSignature }) => {
        if (messageSignature) messageSignature.signature = Buffer.from('no signature').toString('base64');
      },
    });
    expect(check(material, broken, { digest })).toMatchObject({ code: 'SIGNATURE_INVALID' });
    const logBody = (body: LogBody): LogBody => JSON.parse(JSON.stringify(body).replace(HEX, OTHER_HEX)) as LogBody;
    const otherEntry = world.signImageBundle({ digest, identity, manifest: MANIFEST, logBody });
    expect(check(trust, otherEntry, { digest })).toMatchObject({ code: 'LOG_ENTRY_MISMATCH' });
  });
});

describe('a payload of cosign', () => {
  const layer = (payload: object) =>
    trust.verify(
      layerEvidence(world.cosignSignature({ digest, identity, payload: Buffer.from(JSON.stringify(payload)) })),
      IMAGE,
      NOW,
    );
  const critical = { image: { 'docker-manifest-digest': digest }, type: 'cosign container image signature' };

  it('is refused for another digest, none, or a null one', () => {
    for (const value of [OTHER_IMAGE.digest, HEX, digest.toUpperCase(), null, undefined]) {
      const image = { 'docker-manifest-digest': value };
      expect(layer({ critical: { ...critical, image }, optional: null })).toMatchObject({ code: 'SUBJECT_MISMATCH' });
    }
    expect(layer({ critical: { ...critical, image: null } })).toMatchObject({ code: 'SUBJECT_MISMATCH' });
  });

  it('is refused when it is no image signature', () => {
    expect(layer({ critical: { ...critical, type: 'something else' } })).toMatchObject({ code: 'PAYLOAD_TYPE_WRONG' });
    expect(layer({ critical: null })).toMatchObject({ code: 'PAYLOAD_TYPE_WRONG' });
  });

  it('is refused with annotations that are not an object', () => {
    expect(layer({ critical, optional: ['a'] })).toMatchObject({ code: 'STATEMENT_MALFORMED' });
    expect(layer({ critical, optional: null })).toMatchObject({ code: 'VERIFIED', verified: { annotations: {} } });
  });
});

describe('unsigned evidence', () => {
  it('counts for nothing: a bare statement or an envelope in place of a bundle (policy-controller PR 1971)', () => {
    for (const bytes of [statement(about(HEX)), JSON.stringify({ payloadType: 'x', payload: '', signatures: [] })]) {
      expect(trust.verify(bundleEvidence(Buffer.from(bytes)), IMAGE, NOW).code).toBe('EVIDENCE_UNSUPPORTED');
    }
  });
});
