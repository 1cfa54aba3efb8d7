import { sign as cryptoSign } from 'node:crypto';
import { json } from '@sigstore/core';
import { describe, expect, it } from 'vitest';
import { createKeyMaterial } from '../../../src/verification/check/key-material.ts';
import { createTrustMaterial } from '../../../src/verification/check/trust-material.ts';
import type { BundleForm, BundleJson } from '../../support/sigstore/bundle-json.ts';
import { verifierPem } from '../../support/sigstore/evidence-forms.ts';
import type { LogBody, LogEntryJson } from '../../support/sigstore/logs.ts';
import { logJson } from '../../support/sigstore/trusted-root-json.ts';
import { createKeyPair, createSigstoreWorld, type TestSigner } from '../../support/sigstore-world.ts';
import { alteredRoot, check, IMAGE, item, MANIFEST, NOW, policyKey, rootOf } from './evidence.ts';

const world = createSigstoreWorld({ now: () => NOW });
const stranger = createSigstoreWorld({ now: () => NOW, domain: 'stranger.test' });
const trust = createTrustMaterial(rootOf(world));
const twoLogs = createTrustMaterial(rootOf(world, { log: 2 }));
const identity = world.mintKeyless();
const { digest } = IMAGE;

const sign = (form: BundleForm = {}, signer: TestSigner = identity): Uint8Array =>
  world.signImageBundle({ digest, identity: signer, ...form });
const entriesOf = (bundle: BundleJson): LogEntryJson[] => bundle.verificationMaterial.tlogEntries;
const bodyOf = (entry: LogEntryJson): LogBody =>
  JSON.parse(Buffer.from(entry.canonicalizedBody, 'base64').toString()) as LogBody;
const parsed = (bytes: Uint8Array): BundleJson => JSON.parse(Buffer.from(bytes).toString()) as BundleJson;
/** The same record in another log, or at another time. */
const recordedBy = (log: typeof world.parts.rekor, entry: LogEntryJson, at = NOW): LogEntryJson =>
  log.add(bodyOf(entry), { at });

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const otherPem = base64(verifierPem(world.mintKeyless()));
const otherDer = world.mintKeyless().certificate.toString('base64');

/** Puts another text in place of one, wherever it is in the body. */
const replaced =
  (from: string, to: string) =>
  (body: LogBody): LogBody =>
    JSON.parse(JSON.stringify(body).replace(JSON.stringify(from), JSON.stringify(to))) as LogBody;
const ownPem = base64(verifierPem(identity));
const ownDer = identity.certificate.toString('base64');

describe('a log entry (W6)', () => {
  const kinds: BundleForm[] = [
    { entryKind: 'dsse' },
    { entryKind: 'hashedrekord' },
    { entryKind: 'intoto-0.0.2' },
    { entryKind: 'dsse', log: 'rekor2' },
    { entryKind: 'hashedrekord', log: 'rekor2' },
  ];
  const own = (form: BundleForm): string => (form.log === 'rekor2' ? ownDer : ownPem);

  it.each(kinds)('is refused with the certificate of another, same signature and digest: %o', (form) => {
    const other = form.log === 'rekor2' ? otherDer : otherPem;
    const finding = check(trust, sign({ ...form, logBody: replaced(own(form), other) }));
    expect(finding).toMatchObject({ code: 'LOG_ENTRY_MISMATCH', found: 'it names another certificate as the signer' });
  });

  it.each(kinds)('is refused with an empty signer: %o', (form) => {
    expect(check(trust, sign({ ...form, logBody: replaced(own(form), '') })).code).toBe('LOG_ENTRY_MISMATCH');
  });

  it.each(kinds)('is refused when it names the bare key of the certificate: %o', (form) => {
    if (form.log === 'rekor2') return;
    const body = replaced(ownPem, base64(identity.key.pem));
    expect(check(trust, sign({ ...form, logBody: body })).code).toBe('LOG_ENTRY_MISMATCH');
  });

  it('is refused with two signers, even if one is right', () => {
    const logBody = (body: LogBody): LogBody => {
      const changed = structuredClone(body) as { spec: { signatures: unknown[] } } & LogBody;
      changed.spec.signatures.push(changed.spec.signatures[0]);
      return changed;
    };
    expect(check(trust, sign({ logBody }))).toMatchObject({
      code: 'LOG_ENTRY_MISMATCH',
      found: 'it does not name exactly one signer',
    });
  });

  it.each(['certificate first', 'key first'])('is refused with a certificate and a key: %s', (order) => {
    const certificate = `"x509Certificate":{"rawBytes":"${ownDer}"}`;
    const both = [certificate, `"publicKey":{"rawBytes":"${identity.key.spki.toString('base64')}"}`];
    const text = (order === 'key first' ? both.toReversed() : both).join();
    const logBody = (body: LogBody): LogBody => JSON.parse(JSON.stringify(body).replace(certificate, text)) as LogBody;
    expect(check(trust, sign({ log: 'rekor2' })).code).toBe('VERIFIED');
    expect(check(trust, sign({ log: 'rekor2', logBody }))).toMatchObject({
      code: 'LOG_ENTRY_MISMATCH',
      found: 'it does not name exactly one signer',
    });
  });

  it('is refused when it belongs to another signature of the same signer (C3, C7)', () => {
    const other = parsed(sign());
    const grafted = sign({
      alter: ({ verificationMaterial }) => (verificationMaterial.tlogEntries = entriesOf(other)),
    });
    expect(check(trust, grafted).code).toBe('LOG_ENTRY_MISMATCH');
  });

  it('is refused when it belongs to another payload', () => {
    const hash = /"payloadHash":\{"algorithm":"sha256","value":"[0-9a-f]{64}"/;
    const logBody = (body: LogBody): LogBody =>
      JSON.parse(
        JSON.stringify(body).replace(hash, `"payloadHash":{"algorithm":"sha256","value":"${'0'.repeat(64)}"`),
      ) as LogBody;
    expect(check(trust, sign({ logBody })).code).toBe('LOG_ENTRY_MISMATCH');
  });

  it('of a signature by another key does not help a key whose signatures must be logged', () => {
    const key = createKeyPair();
    const material = createKeyMaterial(policyKey(key), { trust: rootOf(world), transparencyLog: 'required' });
    const signer = { kind: 'key', key } as const;
    expect(check(material, sign({ log: 'rekor1' }, signer)).code).toBe('VERIFIED');
    const logBody = replaced(base64(key.pem), base64(createKeyPair().pem));
    expect(check(material, sign({ log: 'rekor1', logBody }, signer)).code).toBe('LOG_ENTRY_MISMATCH');
    expect(check(material, sign({ log: 'none' }, signer)).code).toBe('LOG_PROOF_INVALID');
  });

  it('is refused when it is of a kind nobody can compare', () => {
    const alter = (bundle: BundleJson): void => {
      item(entriesOf(bundle)).kindVersion = { kind: 'rekord', version: '0.0.1' };
    };
    expect(check(trust, sign({ alter })).code).toBe('EVIDENCE_UNSUPPORTED');
  });

  it('is refused when its kind is not what its body says', () => {
    const alter = (bundle: BundleJson): void => {
      item(entriesOf(bundle)).kindVersion.version = '0.0.2';
    };
    expect(check(trust, sign({ alter })).code).toBe('LOG_ENTRY_MISMATCH');
  });
});

describe('the proof of a log entry', () => {
  const broken: readonly (readonly [string, (entry: LogEntryJson) => void])[] = [
    ['another time', (entry) => (entry.integratedTime = String(Number(entry.integratedTime) + 1))],
    ['another index', (entry) => (entry.logIndex = '2')],
    ['no promise that holds', (entry) => (entry.inclusionPromise = { signedEntryTimestamp: 'AAAA' })],
    ['a hash less', (entry) => entry.inclusionProof?.hashes.pop()],
    ['another hash', (entry) => entry.inclusionProof?.hashes.splice(0, 1, Buffer.alloc(32).toString('base64'))],
    ['an index outside of the tree', (entry) => Object.assign(entry.inclusionProof ?? {}, { logIndex: '2' })],
    ['the checkpoint of another log', (entry) => otherCheckpoint(entry)],
    ['a checkpoint without its signature', (entry) => entry.inclusionProof && unsigned(entry.inclusionProof)],
  ];
  const unsigned = (proof: NonNullable<LogEntryJson['inclusionProof']>): void => {
    proof.checkpoint.envelope = `${proof.checkpoint.envelope.split('\n\n')[0]}\n\n`;
  };
  const otherCheckpoint = (entry: LogEntryJson): void => {
    const other = recordedBy(stranger.parts.rekor, entry);
    if (other.inclusionProof) entry.inclusionProof = other.inclusionProof;
  };

  it.each(broken)('is refused with %s', (_, change) => {
    const finding = check(trust, sign({ alter: (bundle) => change(item(entriesOf(bundle))) }));
    expect(finding.code).toBe('LOG_PROOF_INVALID');
  });

  it('is refused when there is neither a promise nor a proof', () => {
    const finding = check(trust, sign({ version: '0.1', promise: false, proof: false }));
    expect(finding.code).not.toBe('VERIFIED');
  });

  it('is refused when the trust root does not know the log, and says so', () => {
    const alter = (bundle: BundleJson): void => {
      bundle.verificationMaterial.tlogEntries = [recordedBy(stranger.parts.rekor, item(entriesOf(bundle)))];
    };
    expect(check(trust, sign({ alter }))).toMatchObject({
      code: 'LOG_PROOF_INVALID',
      found: `log ${stranger.parts.rekor.logId.toString('hex')}`,
    });
  });

  it('is refused outside of the time the log was in use', () => {
    const retired = createTrustMaterial(
      alteredRoot(world, ({ tlogs }) => {
        item(tlogs).publicKey.validFor = { start: '2026-11-23T12:00:00Z', end: '2026-11-24T11:00:00Z' };
      }),
    );
    expect(check(retired, sign()).code).toBe('LOG_PROOF_INVALID');
  });

  it('is refused when a proof-only log was retired before the verified time (W21)', () => {
    const retiredAt = (end: string) =>
      createTrustMaterial(
        alteredRoot(world, ({ tlogs }) => {
          item(tlogs, 1).publicKey.validFor = { start: '2026-11-23T12:00:00Z', end };
        }),
      );
    const bundle = sign({ log: 'rekor2' });
    expect(check(retiredAt('2026-11-24T11:00:00Z'), bundle)).toMatchObject({ code: 'LOG_PROOF_INVALID' });
    expect(check(retiredAt('2026-11-24T13:00:00Z'), bundle)).toMatchObject({ code: 'VERIFIED' });
  });

  it('is accepted from a log that was in use at some verified time, the first and the last second included (W21)', () => {
    const at = (minutes: number): string => new Date(NOW.getTime() + minutes * 60_000).toISOString();
    const bundle = sign({
      log: 'rekor2',
      alter: ({ verificationMaterial, dsseEnvelope }) => {
        const { signatures } = (dsseEnvelope ?? { signatures: [] }) as { signatures: { sig: string }[] };
        const signature = Buffer.from(item(signatures).sig, 'base64');
        const later = world.parts.tsa.stamp(signature, { at: new Date(at(5)) }).toString('base64');
        verificationMaterial.timestampVerificationData?.rfc3161Timestamps.push({ signedTimestamp: later });
      },
    });
    const judge = (...windows: { start: string; end?: string }[]) => {
      const root = alteredRoot(world, (json) => {
        json.tlogs = windows.map((window) => logJson(world.parts.rekor2, window));
      });
      return check(createTrustMaterial(root), bundle).code;
    };
    expect(judge({ start: at(0), end: at(0) })).toBe('VERIFIED');
    expect(judge({ start: at(5), end: at(5) })).toBe('VERIFIED');
    expect(judge({ start: at(1), end: at(4) })).toBe('LOG_PROOF_INVALID');
    expect(judge({ start: at(6) })).toBe('LOG_PROOF_INVALID');
    expect(judge({ start: at(-9), end: at(-1) }, { start: at(4), end: at(9) })).toBe('VERIFIED');
    expect(judge({ start: at(-9), end: at(-1) }, { start: at(6), end: at(9) })).toBe('LOG_PROOF_INVALID');
  });

  it('is refused for a key without any time when the log is not in use now (W21)', () => {
    const key = createKeyPair();
    const bundle = sign({ log: 'rekor2', timestamp: false }, { kind: 'key', key });
    const logUntil = (end: string) =>
      createKeyMaterial(policyKey(key), {
        transparencyLog: 'required',
        trust: alteredRoot(world, ({ tlogs }) => {
          item(tlogs, 1).publicKey.validFor = { start: '2026-11-23T12:00:00Z', end };
        }),
      });
    expect(check(logUntil('2026-11-24T11:00:00Z'), bundle).code).toBe('LOG_PROOF_INVALID');
    expect(check(logUntil('2026-11-24T13:00:00Z'), bundle).code).toBe('VERIFIED');
  });
});

describe('items that cannot be verified, among good ones (W11)', () => {
  const unknownLog = (entry: LogEntryJson): LogEntryJson => recordedBy(stranger.parts.rekor, entry);
  const forged = (entry: LogEntryJson): LogEntryJson => ({
    ...entry,
    inclusionPromise: { signedEntryTimestamp: Buffer.alloc(70).toString('base64') },
  });
  const unknownKind = (entry: LogEntryJson): LogEntryJson => ({
    ...entry,
    kindVersion: { kind: 'helm', version: '0.0.1' },
  });
  const notJson = (entry: LogEntryJson): LogEntryJson => ({ ...entry, canonicalizedBody: 'bm90IEpTT04=' });

  it.each([unknownLog, forged, unknownKind, notJson])('an entry does not lower a pass: %o', (spoil) => {
    for (const first of [true, false]) {
      const alter = (bundle: BundleJson): void => {
        const good = item(entriesOf(bundle));
        bundle.verificationMaterial.tlogEntries = first ? [spoil(good), good] : [good, spoil(good)];
      };
      expect(check(trust, sign({ alter })).code).toBe('VERIFIED');
      expect(check(twoLogs, sign({ alter })).code).not.toBe('VERIFIED');
    }
  });

  it('a timestamp of an unknown authority, a broken or a foreign one does not lower a pass', () => {
    const tokens = [
      stranger.parts.tsa.stamp(Buffer.from('x'), { at: NOW }),
      world.parts.tsa.stamp(Buffer.from('another signature'), { at: NOW }),
      Buffer.from('not DER'),
      Buffer.from('3000', 'hex'),
    ];
    for (const token of tokens) {
      const alter = ({ verificationMaterial }: BundleJson): void => {
        const stamps = verificationMaterial.timestampVerificationData?.rfc3161Timestamps ?? [];
        const bad = { signedTimestamp: token.toString('base64') };
        verificationMaterial.timestampVerificationData = { rfc3161Timestamps: [bad, ...stamps, bad] };
      };
      expect(check(trust, sign({ alter, timestamp: true })).code).toBe('VERIFIED');
      expect(check(trust, sign({ alter, log: 'rekor2' })).code).toBe('VERIFIED');
    }
  });

  it('copies of one entry count once, and do not lower a pass', () => {
    const alter = (bundle: BundleJson): void => {
      bundle.verificationMaterial.tlogEntries = [...entriesOf(bundle), ...entriesOf(bundle)];
    };
    expect(check(trust, sign({ alter })).code).toBe('VERIFIED');
    expect(check(twoLogs, sign({ alter })).code).toBe('LOG_PROOF_INVALID');
  });

  it('two entries of one log count once (sigstore-go GHSA-9vcr-p3rj-q5q6)', () => {
    const alter = (bundle: BundleJson): void => {
      entriesOf(bundle).push(recordedBy(world.parts.rekor, item(entriesOf(bundle)), new Date(NOW.getTime() + 5_000)));
    };
    expect(check(trust, sign({ alter })).code).toBe('VERIFIED');
    expect(check(twoLogs, sign({ alter }))).toMatchObject({ code: 'LOG_PROOF_INVALID', found: '1' });
    const twoTimes = createTrustMaterial(rootOf(world, { time: 2 }));
    expect(check(twoTimes, sign({ alter })).code).toBe('TIME_UNPROVEN');
  });

  /** The same log signs for the entry under another log identifier. */
  const underAnotherName = (entry: LogEntryJson, logId: Buffer): LogEntryJson => {
    const promise = {
      body: entry.canonicalizedBody,
      integratedTime: Number(entry.integratedTime),
      logIndex: Number(entry.logIndex),
      logID: logId.toString('hex'),
    };
    const signature = cryptoSign('sha256', Buffer.from(json.canonicalize(promise)), world.parts.rekor.key.privateKey);
    const { inclusionProof: _, ...rest } = entry;
    const signedEntryTimestamp = signature.toString('base64');
    return { ...rest, logId: { keyId: logId.toString('base64') }, inclusionPromise: { signedEntryTimestamp } };
  };

  it('one log under two identifiers counts once', () => {
    const renamed = alteredRoot(
      world,
      ({ tlogs }) => {
        const again = logJson(world.parts.rekor, { start: '2026-11-23T12:00:00Z' });
        again.logId.keyId = Buffer.alloc(32, 7).toString('base64');
        tlogs.push(again);
      },
      { log: 2 },
    );
    const alter = (bundle: BundleJson): void => {
      entriesOf(bundle).push(underAnotherName(item(entriesOf(bundle)), Buffer.alloc(32, 7)));
    };
    const once = { ...renamed, thresholds: { log: 1, sct: 1, time: 1 } };
    const onlyAlias = (bundle: BundleJson): void => {
      alter(bundle);
      entriesOf(bundle).shift();
    };
    expect(check(createTrustMaterial(once), sign({ version: '0.1', alter: onlyAlias })).code).toBe('VERIFIED');
    expect(check(createTrustMaterial(renamed), sign({ version: '0.1', alter })).code).toBe('LOG_PROOF_INVALID');
  });

  it('entries of two logs satisfy a threshold of two', () => {
    const both = createTrustMaterial(
      alteredRoot(world, ({ tlogs }) => tlogs.push(logJson(stranger.parts.rekor, { start: '2026-11-23T12:00:00Z' })), {
        log: 2,
        time: 2,
      }),
    );
    const alter = (bundle: BundleJson): void => {
      entriesOf(bundle).push(recordedBy(stranger.parts.rekor, item(entriesOf(bundle))));
    };
    expect(check(both, sign({ alter })).code).toBe('VERIFIED');
    expect(check(both, sign()).code).toBe('LOG_PROOF_INVALID');
  });

  it('a verified time outside of the certificate is fatal, and never left out', () => {
    const late = sign({ timestamp: true, timestampAt: new Date(NOW.getTime() + 3_600_000) });
    expect(check(trust, late)).toMatchObject({ code: 'SIGNER_UNVERIFIABLE', found: '2026-11-24T13:00:00.000Z' });
    const alter = (bundle: BundleJson): void => {
      entriesOf(bundle).push(
        recordedBy(world.parts.rekor, item(entriesOf(bundle)), new Date(NOW.getTime() + 3_600_000)),
      );
    };
    expect(check(trust, sign({ alter })).code).toBe('SIGNER_UNVERIFIABLE');
  });
});

describe('what nothing authenticates (W17)', () => {
  const plain = check(trust, sign({ log: 'rekor2' }));
  const same: readonly (readonly [string, BundleForm])[] = [
    ['the root hash of the proof', { alter: (b) => changeProof(b, { rootHash: 'AAAA' }) }],
    ['the tree size of the proof', { alter: (b) => changeProof(b, { treeSize: '77' }) }],
    ['the index beside a proof alone', { log: 'rekor2', alter: (b) => (item(entriesOf(b)).logIndex = '9') }],
    ['a time without a promise', { log: 'rekor2', alter: (b) => (item(entriesOf(b)).integratedTime = '1') }],
    ['bytes behind the padding', { alter: (b) => (item(entriesOf(b)).canonicalizedBody += 'AAAA') }],
  ];
  const changeProof = (bundle: BundleJson, change: object): void => {
    Object.assign(item(entriesOf(bundle)).inclusionProof ?? {}, change);
  };

  it.each(same)('changes neither result nor signer: %s', (_, form) => {
    const { verified, ...finding } = check(trust, sign(form));
    if (finding.code !== 'VERIFIED') expect(finding.code).toMatch(/^(LOG_|EVIDENCE_MALFORMED)/);
    else expect(verified).toEqual(plain.verified);
  });

  it.each([
    'application/vnd.dev.sigstore.bundle+json;version=0.4',
    'application/vnd.dev.sigstore.bundle+json;version=0.3;x=y',
    'application/vnd.dev.sigstore.bundle.v0.3+json2',
    'application/vnd.dev.sigstore.bundle.v0.3+json ',
    'application/vnd.dev.sigstore.bundle.v0.30+json',
    'application/json',
    '',
  ])('does not let other media types in: %o', (mediaType) => {
    const alter = (bundle: BundleJson): void => {
      bundle.mediaType = mediaType;
    };
    expect(check(trust, sign({ alter })).code).toBe('EVIDENCE_UNSUPPORTED');
  });
});

describe('a log that proves no time (W23)', () => {
  it('needs a timestamp besides, and says so', () => {
    expect(check(trust, sign({ log: 'rekor2', timestamp: false }))).toMatchObject({
      code: 'TIME_UNPROVEN',
      found: 'a log entry that carries no time: it needs a timestamp besides',
    });
    const message = world.signImageBundle({ digest, identity, manifest: MANIFEST, log: 'rekor2', timestamp: false });
    expect(check(trust, message).code).toBe('TIME_UNPROVEN');
  });

  it('a certificate with neither entry nor timestamp is refused, whatever the log threshold', () => {
    expect(check(trust, sign({ log: 'none' }))).toMatchObject({ code: 'LOG_PROOF_INVALID', found: 'none' });
    const noLog = createTrustMaterial(rootOf(world, { log: 0 }));
    expect(check(noLog, sign({ log: 'none' }))).toMatchObject({ code: 'TIME_UNPROVEN', found: 'none' });
    expect(check(noLog, sign({ log: 'none', timestamp: true })).code).toBe('VERIFIED');
  });
});
