import { ASN1Obj } from '@sigstore/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseTrustRoot } from '../../../../src/verification/check/parse-trust-root.ts';
import { parseEvidence } from '../../../../src/verification/read/parse-evidence.ts';
import { parseDer } from '../../../../src/verification/x509/parse-der.ts';
import { bundleEvidence } from '../evidence.ts';
import { realBundles, realRoot } from '../real-bundles.ts';

/** Every certificate and timestamp at hand that nobody here minted. */
const samples: readonly Buffer[] = [
  ...(['public-good', 'staging'] as const).flatMap((root) => {
    const { certificateAuthorities, timestampAuthorities } = parseTrustRoot(realRoot(root)).material;
    return [...certificateAuthorities, ...timestampAuthorities].flatMap(({ certChain }) =>
      certChain.map((certificate) => certificate.root.toDER()),
    );
  }),
  ...realBundles().flatMap(({ bytes }) => {
    const reading = parseEvidence(bundleEvidence(bytes));
    if (!reading.ok || reading.signed.signer.kind !== 'certificate') throw new Error('expected a certificate');
    return [reading.signed.signer.der, ...reading.signed.tokens];
  }),
];

function libraryTree(der: Buffer): ASN1Obj | undefined {
  try {
    return ASN1Obj.parseBuffer(Buffer.from(der));
  } catch {
    return undefined;
  }
}

function ourTree(der: Buffer): ASN1Obj | undefined {
  try {
    return parseDer(Buffer.from(der));
  } catch (error) {
    expect(error).toBeInstanceOf(RangeError);
    return undefined;
  }
}

/** All that can be told of a tree, as one text. */
function describeTree(tree: ASN1Obj | undefined): string {
  if (tree === undefined) return 'none';
  const { tag, value, subs } = tree;
  return [tag.toDER(), value.toString('hex'), tree.toDER().toString('hex'), ...subs.map(describeTree)].join(' ');
}

function expectSame(der: Buffer): void {
  expect(describeTree(ourTree(der))).toBe(describeTree(libraryTree(der)));
}

describe('parsing DER', () => {
  it('gives the tree the library gives of every real certificate and timestamp', () => {
    expect(samples.length).toBeGreaterThan(15);
    for (const der of samples) {
      expect(ourTree(der)).toBeDefined();
      expectSame(der);
    }
  });

  it('gives the same tree, or none, of broken ones', () => {
    const sample = fc.constantFrom(...samples);
    const change = fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 }));
    const property = fc.property(sample, fc.array(change, { minLength: 1, maxLength: 4 }), (der, changes) => {
      const broken = Buffer.from(der);
      for (const [at, byte] of changes) broken.writeUInt8(byte, at % broken.length);
      expectSame(broken);
    });
    fc.assert(property, { numRuns: 2000 });
  });

  it('gives the same tree, or none, of any bytes, values that leave their holder, and ends that come too early', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => expectSame(Buffer.from(bytes))),
      { numRuns: 5000 },
    );
    const holder = fc.constantFrom(0x30, 0x04, 0xa0, 0x24, 0x31);
    const nested = fc.property(fc.array(holder, { maxLength: 5 }), fc.uint8Array({ maxLength: 20 }), (tags, bytes) =>
      expectSame(tags.reduce((inner, tag) => Buffer.concat([Buffer.of(tag, inner.length), inner]), Buffer.from(bytes))),
    );
    fc.assert(nested, { numRuns: 5000 });
    for (const der of samples) for (const size of [0, 1, 2, 5, der.length - 1]) expectSame(der.subarray(0, size));
  });

  it('follows as deep as the library, and no deeper', () => {
    for (const depth of [99, 100, 101, 102, 130]) {
      for (const outer of [0x30, 0x04]) {
        let der = Buffer.of(0x05, 0x00);
        for (let level = 0; level < depth; level++) der = wrap(level === depth - 1 ? outer : 0x30, der);
        expectSame(der);
      }
    }
  });

  it('gives a copy of the bytes each time: the library writes into it', () => {
    const tree = parseDer(Buffer.of(0x30, 0x02, 0x05, 0x00));
    tree.toDER()[0] = 0x31;
    expect(tree.toDER()).toEqual(Buffer.of(0x30, 0x02, 0x05, 0x00));
  });
});

function wrap(tag: number, content: Buffer): Buffer<ArrayBuffer> {
  const head = content.length < 0x80 ? [tag, content.length] : [tag, 0x82, content.length >> 8, content.length & 0xff];
  if (content.length >= 0x80 && content.length < 0x100) head.splice(1, 3, 0x81, content.length);
  return Buffer.concat([Buffer.from(head), content]);
}
