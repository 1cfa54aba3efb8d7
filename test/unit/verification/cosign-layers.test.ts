import { sign } from 'node:crypto';
import { json } from '@sigstore/core';
import { describe, expect, it } from 'vitest';
import { createKeyMaterial } from '../../../src/verification/check/key-material.ts';
import { createTrustMaterial } from '../../../src/verification/check/trust-material.ts';
import { toPem } from '../../support/sigstore/evidence-forms.ts';
import type { CosignLayer } from '../../support/sigstore-world.ts';
import { createKeyPair, createSigstoreWorld } from '../../support/sigstore-world.ts';
import { alteredRoot, IMAGE, item, layerEvidence, NOW, OTHER_IMAGE, policyKey, rootOf } from './evidence.ts';

const world = createSigstoreWorld({ now: () => NOW });
const trust = createTrustMaterial(rootOf(world));
const identity = world.mintKeyless();
const { digest } = IMAGE;
const predicateType = 'https://slsa.dev/provenance/v0.2';
const PREFIX = 'dev.sigstore.cosign';

interface RekorAnnotation {
  SignedEntryTimestamp: string;
  Payload: { body: string; integratedTime: number; logIndex: number; logID: string };
}

const layers: readonly (readonly [string, CosignLayer])[] = [
  ['a signature', world.cosignSignature({ digest, identity })],
  ...(['intoto-0.0.1', 'intoto-0.0.2', 'dsse', 'hashedrekord'] as const).map(
    (entryKind) =>
      [
        `an attestation logged as ${entryKind}`,
        world.cosignAttestation({ digest, identity, predicateType, entryKind }),
      ] as const,
  ),
];
const judge = (layer: CosignLayer, subject = IMAGE): string => trust.verify(layerEvidence(layer), subject, NOW).code;
const annotate = (layer: CosignLayer, name: string, value: string): CosignLayer => ({
  ...layer,
  annotations: { ...layer.annotations, [name]: value },
});
const without = (layer: CosignLayer, name: string): CosignLayer => {
  const { [name]: _, ...annotations } = layer.annotations;
  return { ...layer, annotations };
};
const relogged = (layer: CosignLayer, change: (entry: RekorAnnotation) => void): CosignLayer => {
  const entry = JSON.parse(layer.annotations[`${PREFIX}/bundle`] ?? '') as RekorAnnotation;
  change(entry);
  return annotate(layer, `${PREFIX}/bundle`, JSON.stringify(entry));
};
const changeBody = (entry: RekorAnnotation, change: (text: string) => string): void => {
  entry.Payload.body = Buffer.from(change(Buffer.from(entry.Payload.body, 'base64').toString())).toString('base64');
};

describe('a layer of cosign with a certificate', () => {
  it.each(layers)('%s verifies', (_, layer) => {
    expect(judge(layer)).toBe('VERIFIED');
  });

  it.each(layers)('%s is refused for another image', (_, layer) => {
    expect(judge(layer, OTHER_IMAGE)).toBe('SUBJECT_MISMATCH');
  });

  it.each(layers)('%s is refused with an altered log entry', (_, layer) => {
    const attempts: readonly ((entry: RekorAnnotation) => void)[] = [
      (entry) => changeSignature(entry),
      ({ Payload }) => Object.assign(Payload, { integratedTime: Payload.integratedTime + 1 }),
      ({ Payload }) => Object.assign(Payload, { logIndex: Payload.logIndex + 1 }),
      ({ Payload }) => Object.assign(Payload, { logID: '0'.repeat(64) }),
      // A hash or key changed after the log signed: one of the comparisons or the log's signature must notice.
      (entry) => changeBody(entry, (body) => body.replace(/"value":"[0-9a-f]/, '"value":"z')),
      (entry) => changeBody(entry, (body) => body.replace(/(LS0tLS1CRUdJTi[A-Za-z0-9+/]{200})./, '$1A')),
      (entry) => changeBody(entry, (body) => `${body} `),
    ];
    for (const change of attempts) {
      expect(judge(relogged(layer, change))).toMatch(/^(LOG_|EVIDENCE_MALFORMED)/);
    }
  });

  const changeSignature = (entry: RekorAnnotation): void => {
    const bytes = Buffer.from(entry.SignedEntryTimestamp, 'base64');
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1);
    entry.SignedEntryTimestamp = bytes.toString('base64');
  };

  it.each(layers)(
    '%s is refused with an entry that names another signer or other bytes, truly signed by the log',
    (_, layer) => {
      const isSignature = layer.mediaType.includes('simplesigning');
      const other = world.mintKeyless();
      const kind = /logged as (.*)$/.exec(_)?.[1];
      const entryKind = kind === undefined ? {} : { entryKind: kind as 'dsse' };
      const swap = (from: Buffer | RegExp, to: string) =>
        isSignature
          ? world.cosignSignature({ digest, identity, logBody: (body) => replaceIn(body, from, to) })
          : world.cosignAttestation({
              digest,
              identity,
              predicateType,
              ...entryKind,
              logBody: (body) => replaceIn(body, from, to),
            });
      const own = Buffer.from(Buffer.from(toPem(identity.certificate)).toString('base64'));
      const stranger = Buffer.from(toPem(other.certificate)).toString('base64');
      expect(judge(swap(own, stranger))).toBe('LOG_ENTRY_MISMATCH');
      expect(judge(swap(own, ''))).toBe('LOG_ENTRY_MISMATCH');
      const anyHash = /"value":"[0-9a-f]{64}"/g;
      expect(judge(swap(anyHash, `"value":"${'0'.repeat(64)}"`))).toBe('LOG_ENTRY_MISMATCH');
    },
  );

  const replaceIn = <T>(body: T, from: Buffer | RegExp, to: string): T => {
    const text = JSON.stringify(body);
    return JSON.parse(from instanceof RegExp ? text.replace(from, to) : text.replace(from.toString(), to)) as T;
  };

  it.each(layers)(
    '%s is refused without entry and timestamp: no log is ever asked (D5, gitsign CVE-2023-47122)',
    (_, layer) => {
      expect(judge(without(layer, `${PREFIX}/bundle`))).toBe('LOG_PROOF_INVALID');
    },
  );

  it.each(layers)('%s is refused with another certificate, a chain in its place, or none', (_, layer) => {
    const pem = layer.annotations[`${PREFIX}/certificate`] ?? '';
    expect(judge(annotate(layer, `${PREFIX}/certificate`, toPem(world.mintKeyless().certificate)))).not.toBe(
      'VERIFIED',
    );
    expect(judge(annotate(layer, `${PREFIX}/certificate`, pem + pem))).toBe('EVIDENCE_MALFORMED');
    expect(judge(annotate(layer, `${PREFIX}/certificate`, 'not PEM'))).toBe('EVIDENCE_MALFORMED');
    expect(judge(without(layer, `${PREFIX}/certificate`))).toBe('MATERIAL_MISMATCH');
  });

  it('a signature is refused without its annotation, or with one that is not base64', () => {
    const [, layer] = layers[0] ?? ['', world.cosignSignature({ digest, identity })];
    const name = 'dev.cosignproject.cosign/signature';
    expect(judge(without(layer, name))).toBe('EVIDENCE_MALFORMED');
    expect(judge(annotate(layer, name, '!!!!'))).toBe('EVIDENCE_MALFORMED');
    expect(judge(annotate(layer, name, Buffer.alloc(70).toString('base64')))).toBe('LOG_ENTRY_MISMATCH');
  });

  it.each(layers)('%s is refused where it is JSON and no object, or no JSON at all', (_, layer) => {
    for (const text of ['[]', 'null', '"signed"', '7', '', '{']) {
      expect(judge({ ...layer, bytes: Buffer.from(text) })).toBe('EVIDENCE_MALFORMED');
    }
  });

  it.each(layers)('%s is refused with a log entry that does not say what it is', (_, layer) => {
    for (const body of ['{}', '[]', '{"kind":"dsse"}', '{"kind":"dsse","apiVersion":1}']) {
      expect(judge(relogged(layer, (entry) => changeBody(entry, () => body)))).toBe('EVIDENCE_MALFORMED');
    }
  });

  it('an attestation is refused with more signatures than any has, or none', () => {
    const [, layer] = layers[1] ?? ['', world.cosignSignature({ digest, identity })];
    const envelope = JSON.parse(Buffer.from(layer.bytes).toString());
    for (const signatures of [[], [{}], [{ sig: '!!' }, null], null, 'x']) {
      const bytes = Buffer.from(JSON.stringify({ ...envelope, signatures }));
      expect(judge({ ...layer, bytes })).toBe('EVIDENCE_MALFORMED');
    }
    const five = Array(5).fill(envelope.signatures[0]);
    expect(judge({ ...layer, bytes: Buffer.from(JSON.stringify({ ...envelope, signatures: five })) })).toBe(
      'EVIDENCE_OVER_LIMIT',
    );
  });

  it.each(layers)(
    '%s is refused when its log was not in use, and accepted in the first and last second of that time',
    (_, layer) => {
      for (const validFor of [
        { start: '2026-11-23T12:00:00Z', end: '2026-11-24T11:00:00Z' },
        { start: '2026-11-24T13:00:00Z' },
      ]) {
        const root = alteredRoot(world, ({ tlogs }) => Object.assign(item(tlogs).publicKey, { validFor }));
        expect(createTrustMaterial(root).verify(layerEvidence(layer), IMAGE, NOW).code).toBe('LOG_PROOF_INVALID');
      }
      const second = { start: NOW.toISOString(), end: NOW.toISOString() };
      const root = alteredRoot(world, ({ tlogs }) => Object.assign(item(tlogs).publicKey, { validFor: second }));
      expect(createTrustMaterial(root).verify(layerEvidence(layer), IMAGE, NOW).code).toBe('VERIFIED');
    },
  );

  it('proves its time with a timestamp alone where the trust root asks for no log', () => {
    const noLog = createTrustMaterial(rootOf(world, { log: 0 }));
    const form = { digest, identity, log: false, timestamp: true };
    for (const layer of [world.cosignSignature(form), world.cosignAttestation({ ...form, predicateType })]) {
      expect(noLog.verify(layerEvidence(layer), IMAGE, NOW).code).toBe('VERIFIED');
      expect(judge(layer)).toBe('LOG_PROOF_INVALID');
    }
  });
});

it('a layer of cosign may be the very first entry of its log', () => {
  const first = relogged(world.cosignSignature({ digest, identity }), (entry) => {
    entry.Payload.logIndex = 0;
    const promised = Buffer.from(json.canonicalize(entry.Payload));
    entry.SignedEntryTimestamp = sign('sha256', promised, world.parts.rekor.key.privateKey).toString('base64');
  });
  expect(judge(first)).toBe('VERIFIED');
});

describe('a layer of cosign with a key', () => {
  const key = createKeyPair();
  const signer = { kind: 'key', key } as const;
  const material = createKeyMaterial(policyKey(key), { trust: rootOf(world), transparencyLog: 'required' });

  it('needs an entry only where the key asks for it', () => {
    const bare = layerEvidence(world.cosignSignature({ digest, identity: signer }));
    const logged = layerEvidence(world.cosignSignature({ digest, identity: signer, log: true }));
    expect(createKeyMaterial(policyKey(key)).verify(bare, IMAGE, NOW).code).toBe('VERIFIED');
    expect(material.verify(bare, IMAGE, NOW).code).toBe('LOG_PROOF_INVALID');
    expect(material.verify(logged, IMAGE, NOW).code).toBe('VERIFIED');
  });

  it('is refused when the payload was changed', () => {
    const layer = world.cosignSignature({ digest, identity: signer, optional: { env: 'dev' } });
    const bytes = Buffer.from(Buffer.from(layer.bytes).toString().replace('dev', 'prd'));
    expect(createKeyMaterial(policyKey(key)).verify(layerEvidence({ ...layer, bytes }), IMAGE, NOW).code).toBe(
      'SIGNATURE_INVALID',
    );
  });

  it('may hold its envelope in either alphabet of base64, as DSSE has it, but not in a mixture', () => {
    // So that both alphabets differ: these letters and their neighbours need the last two of each.
    const predicate = { words: '~~~???>>>' };
    const layer = world.cosignAttestation({ digest, identity: signer, predicateType, predicate });
    const { payload, ...envelope } = JSON.parse(Buffer.from(layer.bytes).toString());
    const urlSafe = payload.replaceAll('+', '-').replaceAll('/', '_');
    const judgePayload = (text: string) => {
      const bytes = Buffer.from(JSON.stringify({ payload: text, ...envelope }));
      return createKeyMaterial(policyKey(key)).verify(layerEvidence({ ...layer, bytes }), IMAGE, NOW).code;
    };
    expect(urlSafe).not.toBe(payload);
    expect(judgePayload(urlSafe)).toBe('VERIFIED');
    expect(judgePayload(`${urlSafe}+`)).toBe('EVIDENCE_MALFORMED');
  });
});
