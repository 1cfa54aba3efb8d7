import { describe, expect, it } from 'vitest';
import { createTrustMaterial } from '../../../src/verification/check/trust-material.ts';
import type { BundleForm, BundleJson } from '../../support/sigstore/bundle-json.ts';
import * as der from '../../support/sigstore/der.ts';
import type { CosignLayer } from '../../support/sigstore-world.ts';
import { createSigstoreWorld } from '../../support/sigstore-world.ts';
import { bundleEvidence, check, IMAGE, item, layerEvidence, NOW, rootOf } from './evidence.ts';

// Limits as the operators' documentation states them: a change here is a change of behaviour.
const MIB = 1024 * 1024;
const KIB = 1024;

const world = createSigstoreWorld({ now: () => NOW });
const trust = createTrustMaterial(rootOf(world));
const identity = world.mintKeyless();
const { digest } = IMAGE;
const HEX = digest.slice('sha256:'.length);

const sign = (form: BundleForm = {}): Uint8Array => world.signImageBundle({ digest, identity, ...form });
const judge = (bytes: Uint8Array) => check(trust, bytes).code;
const altered = (alter: (bundle: BundleJson) => void): string => judge(sign({ alter }));
const statement = (subject: unknown, more: object = {}): string =>
  judge(
    world.signPayload({
      identity,
      payload: JSON.stringify({
        _type: 'https://in-toto.io/Statement/v1',
        subject,
        predicateType: 'https://example.test/p',
        predicate: {},
        ...more,
      }),
    }),
  );
const other = (at: number) => ({ name: `file-${at}`, digest: { sha256: '0'.repeat(64) } });
const many = <T>(count: number, make: (at: number) => T): T[] => Array.from({ length: count }, (_, at) => make(at));
const base64 = (size: number): string => Buffer.alloc(size, 7).toString('base64');

/** For a number of things: what becomes of evidence that holds so many. */
const LIMITS: readonly (readonly [string, number, (count: number) => string])[] = [
  // The most that a configuration may let in; less is fetched by default.
  ['bytes of a bundle', 64 * MIB, (count) => judge(padded(count))],
  [
    'levels of JSON in a statement',
    32 - 2,
    (count) => statement([{ digest: { sha256: HEX } }], { predicate: nested(count) }),
  ],
  [
    'log entries',
    4,
    (count) =>
      altered(({ verificationMaterial }) => {
        const [entry] = verificationMaterial.tlogEntries;
        verificationMaterial.tlogEntries = many(count, () => item([entry])) as never;
      }),
  ],
  [
    'timestamps',
    4,
    (count) =>
      altered(({ verificationMaterial }) => {
        const rfc3161Timestamps = many(count, () => ({ signedTimestamp: base64(100) }));
        verificationMaterial.timestampVerificationData = { rfc3161Timestamps };
      }),
  ],
  [
    'certificates of a chain',
    8,
    (count) => judge(sign({ version: '0.1', chain: many(count - 1, () => identity.certificate) })),
  ],
  [
    'bytes of a timestamp',
    16 * KIB,
    (count) =>
      altered(({ verificationMaterial }) => {
        verificationMaterial.timestampVerificationData = {
          rfc3161Timestamps: [{ signedTimestamp: der.tlv(0x0c, Buffer.alloc(count - 4)).toString('base64') }],
        };
      }),
  ],
  [
    'hashes of a proof',
    64,
    (count) =>
      altered(({ verificationMaterial }) => {
        const more = structuredClone(item(verificationMaterial.tlogEntries));
        if (more.inclusionProof) more.inclusionProof.hashes = many(count, () => base64(32));
        verificationMaterial.tlogEntries.push(more);
      }),
  ],
  ['subjects', 1024, (count) => statement([...many(count - 1, other), { digest: { sha256: HEX } }])],
  [
    'digests of a subject',
    32,
    (count) =>
      statement([{ digest: { sha256: HEX, ...Object.fromEntries(many(count - 1, (at) => [`hash${at}`, '00'])) } }]),
  ],
  [
    'characters of a name',
    2048,
    (count) =>
      judge(
        world.signImageBundle({
          digest,
          identity: world.mintKeyless({ subject: 'https://example.test/'.padEnd(count, 'a') }),
        }),
      ),
  ],
];

function padded(size: number): Uint8Array {
  const bytes = sign();
  return Buffer.concat([bytes, Buffer.alloc(size - bytes.length, ' ')]);
}

function nested(levels: number): unknown {
  return { deep: JSON.parse(`${'['.repeat(levels)}${']'.repeat(levels)}`) };
}

describe('one piece of evidence (W24)', () => {
  it.each(LIMITS)('may hold so many %s: %i', (_, limit, judged) => {
    expect(judged(limit)).toBe('VERIFIED');
  });

  it.each(LIMITS)('is not examined with more %s than %i', (_, limit, judged) => {
    expect(judged(limit + 1)).toBe('EVIDENCE_OVER_LIMIT');
    expect(judged(limit * 10)).toBe('EVIDENCE_OVER_LIMIT');
  });

  it('is not examined with a certificate over 16 KiB, and harmless with one below', () => {
    const nulls = (size: number) =>
      altered(({ verificationMaterial }) => {
        verificationMaterial.certificate = {
          rawBytes: der.sequence(Buffer.alloc(size, Buffer.from('0500', 'hex'))).toString('base64'),
        };
      });
    expect(nulls(16 * KIB + 2)).toBe('EVIDENCE_OVER_LIMIT');
    expect(nulls(160 * KIB)).toBe('EVIDENCE_OVER_LIMIT');
    expect(nulls(16 * KIB - 8)).not.toBe('VERIFIED');
    // Few values, so that only their size is too much.
    const text = (size: number) =>
      altered(({ verificationMaterial }) => {
        verificationMaterial.certificate = { rawBytes: der.tlv(0x0c, Buffer.alloc(size - 4)).toString('base64') };
      });
    expect(text(16 * KIB + 1)).toBe('EVIDENCE_OVER_LIMIT');
    expect(text(16 * KIB)).toBe('LOG_ENTRY_MISMATCH');
  });

  it('is not examined with a thousand values in a certificate or timestamp, of whatever kind', () => {
    const values = (hex: string, count: number): Buffer =>
      der.sequence(...many(count - 1, () => Buffer.from(hex, 'hex')));
    const stamped = (token: Buffer) =>
      altered(({ verificationMaterial }) => {
        const signedTimestamp = token.toString('base64');
        verificationMaterial.timestampVerificationData = { rfc3161Timestamps: [{ signedTimestamp }] };
      });
    for (const hex of ['0500', '040105', '3000', '0403040105']) {
      const each = hex === '0403040105' ? 2 : 1;
      expect(stamped(values(hex, 1000 / each))).toBe('VERIFIED');
      expect(stamped(values(hex, 1002 / each + 1))).toBe('EVIDENCE_OVER_LIMIT');
    }
    const certificate = altered(({ verificationMaterial }) => {
      verificationMaterial.certificate = { rawBytes: values('0500', 1001).toString('base64') };
    });
    expect(certificate).toBe('EVIDENCE_OVER_LIMIT');
    const nested = many(200, () => 0).reduce((inner: Buffer) => der.tlv(0x04, inner), Buffer.alloc(0));
    expect(stamped(nested)).toBe('VERIFIED');
  });

  it('is not examined with a log entry over 256 KiB or a checkpoint over 8 KiB', () => {
    const body = (size: number) =>
      altered((bundle) => {
        item(bundle.verificationMaterial.tlogEntries).canonicalizedBody = base64(size);
      });
    expect([body(256 * KIB), body(256 * KIB + 1)]).toEqual(['EVIDENCE_MALFORMED', 'EVIDENCE_OVER_LIMIT']);
    const checkpoint = (size: number) =>
      altered((bundle) => {
        const { inclusionProof } = item(bundle.verificationMaterial.tlogEntries);
        if (inclusionProof) inclusionProof.checkpoint.envelope = 'a'.repeat(size);
      });
    expect([checkpoint(8 * KIB), checkpoint(8 * KIB + 1)]).toEqual(['LOG_PROOF_INVALID', 'EVIDENCE_OVER_LIMIT']);
  });

  it('is not examined with a thousand values in a log entry', () => {
    const logBody = (count: number) =>
      judge(sign({ logBody: (body) => ({ ...body, spec: { ...Object(body.spec), more: many(count, () => 0) } }) }));
    expect([logBody(900), logBody(1001)]).toEqual(['VERIFIED', 'EVIDENCE_OVER_LIMIT']);
  });

  it('is not parsed when it nests a million levels', () => {
    const deep = Buffer.from(`${'['.repeat(400_000)}${']'.repeat(400_000)}`);
    expect(trust.verify(bundleEvidence(deep), IMAGE, NOW).code).toBe('EVIDENCE_OVER_LIMIT');
  });

  it('may not have numbers a log entry cannot have', () => {
    for (const value of ['9'.repeat(21), '-1', '1.5', '0x10', '1e3', ' 1', '01', '']) {
      const code = altered((bundle) => {
        item(bundle.verificationMaterial.tlogEntries).integratedTime = value;
      });
      expect(code, value).not.toBe('VERIFIED');
      // Where nothing signs it, it is refused all the same: big integers are made of it before.
      for (const place of ['entry', 'proof']) {
        const bytes = sign({
          log: 'rekor2',
          alter: ({ verificationMaterial }) => {
            const entry = item(verificationMaterial.tlogEntries);
            Object.assign(place === 'entry' ? entry : (entry.inclusionProof ?? {}), { logIndex: value });
          },
        });
        expect(judge(bytes), `${place} ${value}`).toBe('EVIDENCE_MALFORMED');
      }
    }
  });

  const layer = world.cosignAttestation({ digest, identity, predicateType: 'https://example.test/p', timestamp: true });
  const judgeLayer = (change: Partial<CosignLayer>): string =>
    trust.verify(layerEvidence({ ...layer, ...change }), IMAGE, NOW).code;
  const annotated = (name: string, value: string): string =>
    judgeLayer({ annotations: { ...layer.annotations, [`dev.sigstore.cosign/${name}`]: value } });

  it('has the same limits in a layer of cosign', () => {
    expect(judgeLayer({})).toBe('VERIFIED');
    expect(judgeLayer({ bytes: Buffer.concat([layer.bytes, Buffer.alloc(64 * MIB, ' ')]) })).toBe(
      'EVIDENCE_OVER_LIMIT',
    );
    expect(annotated('certificate', 'a'.repeat(25 * KIB))).toBe('EVIDENCE_OVER_LIMIT');
    expect(annotated('bundle', 'a'.repeat(513 * KIB))).toBe('EVIDENCE_OVER_LIMIT');
    expect(annotated('rfc3161timestamp', 'a'.repeat(33 * KIB))).toBe('EVIDENCE_OVER_LIMIT');
    // Few values, so that only their size is too much.
    const token = (size: number) => {
      const bytes = der.tlv(0x0c, Buffer.alloc(size - 4));
      return annotated('rfc3161timestamp', JSON.stringify({ SignedRFC3161Timestamp: bytes.toString('base64') }));
    };
    expect([token(16 * KIB), token(16 * KIB + 1)]).toEqual(['VERIFIED', 'EVIDENCE_OVER_LIMIT']);
    const body = (size: number) => {
      const entry = JSON.parse(layer.annotations['dev.sigstore.cosign/bundle'] ?? '');
      entry.Payload.body = Buffer.alloc(size, ' ').toString('base64');
      return annotated('bundle', JSON.stringify(entry));
    };
    expect([body(256 * KIB), body(256 * KIB + 1)]).toEqual(['EVIDENCE_MALFORMED', 'EVIDENCE_OVER_LIMIT']);
  });

  it('that was refused before it was fetched is a finding with that reason', () => {
    const refused = {
      kind: 'refused',
      digest,
      place: 'referrer',
      code: 'EVIDENCE_OVER_LIMIT',
      why: 'it has 2,000,000 bytes',
    } as const;
    expect(trust.verify(refused, IMAGE, NOW)).toMatchObject({
      code: 'EVIDENCE_OVER_LIMIT',
      claim: { kind: 'unknown' },
      message: 'The evidence was not examined: it has 2,000,000 bytes.',
    });
  });
});
