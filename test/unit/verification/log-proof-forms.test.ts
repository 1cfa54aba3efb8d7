import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createTrustMaterial } from '../../../src/verification/check/trust-material.ts';
import type { BundleForm, BundleJson } from '../../support/sigstore/bundle-json.ts';
import { alterCheckpoint, type Checkpoint, signCheckpoint } from '../../support/sigstore/checkpoint.ts';
import type { LogEntryJson } from '../../support/sigstore/logs.ts';
import { createSigstoreWorld } from '../../support/sigstore-world.ts';
import { alteredRoot, check, IMAGE, item, NOW, rootOf } from './evidence.ts';

const world = createSigstoreWorld({ now: () => NOW });
const trust = createTrustMaterial(rootOf(world));
const identity = world.mintKeyless();
const { rekor, rekor2 } = world.parts;

const judge = (form: BundleForm, change: (entry: LogEntryJson) => void, material = trust) =>
  check(
    material,
    world.signImageBundle({
      digest: IMAGE.digest,
      identity,
      ...form,
      alter: (bundle: BundleJson) => change(item(bundle.verificationMaterial.tlogEntries)),
    }),
  );
const witness = (name = 'witness.example/w1') => ({ name, signature: randomBytes(76) });

describe('the checkpoint of a Rekor v1 of one’s own', () => {
  // By default it signs as the host it happens to run on, which nobody dials.
  const renamed = (entry: LogEntryJson): void =>
    alterCheckpoint(entry, (checkpoint) => {
      const name = 'rekor-server-6f7d9c5b8-x2v4q';
      checkpoint.text[0] = `${name} - 1193050959916656506`;
      checkpoint.lines = [signCheckpoint(rekor, checkpoint, name)];
    });

  it('counts under whatever name the log signs, for the log is known by its key', () => {
    expect(judge({}, renamed).code).toBe('VERIFIED');
    expect(judge({ promise: false, timestamp: true }, renamed).code).toBe('VERIFIED');
  });

  it('does not count when another log signed under the hint of its key', () => {
    const forged = (entry: LogEntryJson): void =>
      alterCheckpoint(entry, (checkpoint) => {
        const { key } = createSigstoreWorld().parts.rekor;
        checkpoint.lines = [signCheckpoint({ ...rekor, key }, checkpoint, 'rekor.world.test')];
      });
    expect(judge({}, forged).code).toBe('LOG_PROOF_INVALID');
  });
});

describe('the checkpoint of a Rekor v2', () => {
  const form: BundleForm = { log: 'rekor2' };
  const own = (checkpoint: Checkpoint) => signCheckpoint(rekor2, checkpoint, 'log2026.rekor.world.test');

  const good: readonly (readonly [string, (checkpoint: Checkpoint) => void])[] = [
    ['cosigned by a witness', ({ lines }) => lines.push(witness())],
    ['cosigned by several', ({ lines }) => lines.push(witness(), witness('other.example'), witness())],
    ['cosigned before the log signed', ({ lines }) => lines.unshift(witness())],
    ['signed with a newer key of the log, too', ({ lines }) => lines.unshift(witness('log2026.rekor.world.test'))],
    ['that says more than it must', (checkpoint) => extend(checkpoint)],
  ];
  const extend = (checkpoint: Checkpoint): void => {
    checkpoint.text.push('an extension');
    checkpoint.lines = [own(checkpoint)];
  };

  it.each(good)('counts %s', (_, change) => {
    expect(judge(form, (entry) => alterCheckpoint(entry, change)).code).toBe('VERIFIED');
  });

  const without = (line: number) => (checkpoint: Checkpoint) => {
    checkpoint.text.splice(line, 1);
    checkpoint.lines = [own(checkpoint)];
  };
  const bad: readonly (readonly [string, (checkpoint: Checkpoint) => void])[] = [
    ['without an origin', without(0)],
    ['without a size', without(1)],
    ['without a root hash', without(2)],
    ['that only a witness signed', (checkpoint) => (checkpoint.lines = [witness()])],
    ['signed under another name', ({ lines }) => (item(lines).name = 'log2026.evil.test')],
    ['signed under the hint of another key', ({ lines }) => item(lines).signature.fill(0, 0, 4)],
    ['of another tree', (checkpoint) => otherTree(checkpoint)],
  ];
  const otherTree = (checkpoint: Checkpoint): void => {
    checkpoint.text[2] = randomBytes(32).toString('base64');
    checkpoint.lines = [own(checkpoint)];
  };

  it.each(bad)('does not count %s', (_, change) => {
    expect(judge(form, (entry) => alterCheckpoint(entry, change)).code).toBe('LOG_PROOF_INVALID');
  });
});

describe('a promise with a proof that nobody signed', () => {
  // Bundles of 2023 hold a proof without a checkpoint, and the promise alone counts in their version.
  const unsigned = ({ inclusionProof }: LogEntryJson): void => {
    Reflect.deleteProperty(inclusionProof ?? {}, 'checkpoint');
  };

  it('counts by its promise in version 0.1', () => {
    expect(judge({ version: '0.1' }, unsigned).code).toBe('VERIFIED');
  });

  it('does not count in later versions, nor without the promise', () => {
    expect(judge({ version: '0.2' }, unsigned).code).toBe('EVIDENCE_MALFORMED');
    const forged = (entry: LogEntryJson): void => {
      unsigned(entry);
      entry.inclusionPromise = { signedEntryTimestamp: randomBytes(70).toString('base64') };
    };
    expect(judge({ version: '0.1' }, forged).code).toBe('LOG_PROOF_INVALID');
  });
});

describe('a promise without a signature', () => {
  const empty = (entry: LogEntryJson): void => {
    entry.inclusionPromise = { signedEntryTimestamp: '' };
  };

  it('is none: neither in the way of a proof, nor any proof of a time', () => {
    expect(judge({ log: 'rekor2' }, empty).code).toBe('VERIFIED');
    expect(judge({ log: 'rekor2', timestamp: false }, empty).code).toBe('TIME_UNPROVEN');
    expect(judge({ version: '0.1', proof: false }, empty).code).toBe('LOG_PROOF_INVALID');
  });
});

describe('the last second of a period of validity', () => {
  const end = NOW.toISOString();

  it('belongs to it, for a log and for a timestamp authority', () => {
    const log = alteredRoot(world, ({ tlogs }) => Object.assign(item(tlogs).publicKey.validFor ?? {}, { end }));
    expect(judge({}, () => undefined, createTrustMaterial(log)).code).toBe('VERIFIED');
    const tsa = alteredRoot(world, ({ timestampAuthorities }) =>
      Object.assign(item(timestampAuthorities).validFor ?? {}, { end }),
    );
    expect(judge({ log: 'rekor2' }, () => undefined, createTrustMaterial(tsa)).code).toBe('VERIFIED');
  });
});
