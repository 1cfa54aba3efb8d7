import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { TrustRoot } from '../../../src/domain/trust-root.ts';
import { InvalidInputError } from '../../../src/kit/errors.ts';
import { parseTrustRoot } from '../../../src/verification/check/parse-trust-root.ts';
import { createTrustMaterial } from '../../../src/verification/check/trust-material.ts';
import { basicConstraints, createCertificate, extendedKeyUsage, keyUsage } from '../../support/sigstore/certificate.ts';
import * as der from '../../support/sigstore/der.ts';
import { createTimestampAuthority, TIME_STAMPING } from '../../support/sigstore/timestamp-authority.ts';
import { authorityJson, type TrustedRootJson } from '../../support/sigstore/trusted-root-json.ts';
import { createKeyPair, createSigstoreWorld } from '../../support/sigstore-world.ts';
import { alteredRoot, check, IMAGE, item, NOW, rootOf } from './evidence.ts';

const world = createSigstoreWorld({ now: () => NOW });
const start = '2026-11-23T12:00:00Z';
const until = new Date('2036-01-01T00:00:00Z');

function issuesOf(root: TrustRoot): readonly { where: string; message: string }[] {
  try {
    createTrustMaterial(root);
    return [];
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    expect(error.code).toBe('TRUST_ROOT_INVALID');
    expect(error.message).toContain('the trust root "acme" cannot be used');
    return error.issues.map(({ where, message }) => ({ where, message }));
  }
}
const issuesWith = (alter: (root: TrustedRootJson) => void) => issuesOf(alteredRoot(world, alter));

describe('a trust root', () => {
  it('is accepted as Sigstore publishes it', () => {
    for (const name of ['public-good', 'staging']) {
      const document = readFileSync(
        new URL(`../../fixtures/bundles/trusted-root.${name}.json`, import.meta.url),
        'utf8',
      );
      expect(issuesOf({ name: 'acme', document, thresholds: { log: 1, sct: 1, time: 1 } })).toEqual([]);
    }
    expect(issuesOf(rootOf(world))).toEqual([]);
    const open = { start, end: null } as unknown as { start: string };
    expect(issuesWith((root) => (item(root.tlogs).publicKey.validFor = open))).toEqual([]);
  });

  it.each([
    ['tlogs', (root: TrustedRootJson) => delete item(root.tlogs, 1).publicKey.validFor],
    ['ctlogs', (root: TrustedRootJson) => delete item(root.ctlogs).publicKey.validFor?.start],
    ['certificateAuthorities', (root: TrustedRootJson) => delete item(root.certificateAuthorities).validFor],
    ['timestampAuthorities', (root: TrustedRootJson) => delete item(root.timestampAuthorities).validFor?.start],
  ])('is refused without a start of validity in %s (W15)', (list, alter) => {
    const [issue, ...more] = issuesWith((root) => void alter(root));
    expect(issue?.where).toMatch(new RegExp(`^${list}\\[.\\].*validFor\\.start$`));
    expect(more).toEqual([]);
  });

  it('is refused with a start or an end that is no time', () => {
    for (const validFor of [{ start: 'soon' }, { start, end: 'never' }]) {
      expect(issuesWith((root) => (item(root.tlogs).publicKey.validFor = validFor))).toHaveLength(1);
    }
  });

  it('is accepted with the names that protobuf gives its fields, too', () => {
    const snake = (text: string): string =>
      text.replace(/"(\w+)":/g, (_, name: string) => `"${name.replace(/[A-Z]/g, (at) => `_${at.toLowerCase()}`)}":`);
    const usual = rootOf(world);
    const other = { ...usual, document: snake(usual.document) };
    expect(other.document).toContain('"certificate_authorities"');
    expect(issuesOf(other)).toEqual([]);
    const { material } = parseTrustRoot(other);
    expect(material.certificateAuthorities).toHaveLength(1);
    expect([...material.tlogs, ...material.ctlogs].map(({ logID }) => logID)).toEqual(
      [...parseTrustRoot(usual).material.tlogs, ...parseTrustRoot(usual).material.ctlogs].map(({ logID }) => logID),
    );
    const bundle = world.signImageBundle({ digest: IMAGE.digest, identity: world.mintKeyless() });
    expect(check(createTrustMaterial(other), bundle).code).toBe('VERIFIED');
    // W15 holds under these names as well.
    const endless = {
      ...usual,
      document: snake(alteredRoot(world, (root) => delete item(root.tlogs).publicKey.validFor).document),
    };
    expect(issuesOf(endless)).toMatchObject([{ where: 'tlogs[0].publicKey.validFor.start' }]);
    const twice = { ...usual, document: usual.document.replace('"tlogs":', '"media_type":"x","tlogs":') };
    expect(issuesOf(twice)).toMatchObject([
      { where: 'mediaType', message: expect.stringContaining('under two names') },
    ]);
  });

  it.each([
    ['tlogs[1]', (root: TrustedRootJson) => (item(root.tlogs, 1).publicKey.rawBytes = 'AAAA'), 'https://log2026.rekor'],
    ['ctlogs[0]', (root: TrustedRootJson) => (item(root.ctlogs).publicKey.rawBytes = ''), 'https://ctlog.world.test'],
    [
      'certificateAuthorities[0].certChain.certificates[1]',
      (root: TrustedRootJson) => (item(item(root.certificateAuthorities).certChain.certificates, 1).rawBytes = 'AAAA'),
      'https://fulcio.world.test',
    ],
    [
      'timestampAuthorities[0].certChain.certificates[0]',
      (root: TrustedRootJson) => (item(item(root.timestampAuthorities).certChain.certificates).rawBytes = '!'),
      'https://tsa.world.test',
    ],
  ])('names the entry that cannot be read: %s', (where, alter, named) => {
    const [issue, ...more] = issuesWith((root) => void alter(root));
    expect(issue).toEqual({ where, message: expect.stringContaining('cannot be read') });
    expect(issue?.message).toContain(named);
    expect(more).toEqual([]);
  });

  it('is refused with what has the wrong type, and every place of it is named', () => {
    const validFor = { start };
    const issues = issuesWith((root) =>
      Object.assign(root, {
        tlogs: [{ baseUrl: 5, publicKey: { validFor, rawBytes: 5 } }],
        ctlogs: 'all',
        certificateAuthorities: [
          { validFor, certChain: 'none' },
          { validFor, certChain: { certificates: [] } },
          { validFor, certChain: { certificates: [{ rawBytes: 5 }] } },
        ],
      }),
    );
    expect(issues.map(({ where, message }) => `${where}: ${message}`)).toEqual([
      'tlogs[0]: expected a public key in DER, base64, and a log id, got one that cannot be read',
      'ctlogs: expected a list',
      'certificateAuthorities[0]: expected a chain, got one that cannot be read',
      'certificateAuthorities[1]: expected a certificate in DER, base64, got one that cannot be read',
      'certificateAuthorities[2].certChain.certificates[0]: expected a certificate in DER, base64, got one that cannot be read',
    ]);
  });

  it('is refused without the self-signed root of a chain (W20)', () => {
    for (const list of ['certificateAuthorities', 'timestampAuthorities'] as const) {
      const issues = issuesWith((root) => item(root[list]).certChain.certificates.pop());
      expect(issues).toMatchObject([{ where: `${list}[0]`, message: expect.stringContaining('self-signed root') }]);
    }
  });

  it('is refused with a timestamp authority whose certificate is not for timestamps (W22)', () => {
    const web = createTimestampAuthority(new Date(start), until, '1.3.6.1.5.5.7.3.1');
    const issues = issuesWith((root) => root.timestampAuthorities.push(authorityJson('web', web.chain, { start })));
    expect(issues).toMatchObject([
      { where: 'timestampAuthorities[1]', message: expect.stringContaining('purpose time stamping') },
    ]);
  });

  it('is refused with a timestamp authority whose own certificate may issue others, for whatever purpose', () => {
    const key = createKeyPair('p384');
    const name = der.commonName('world.test', 'issues and stamps');
    const certificate = createCertificate(
      {
        subject: name,
        publicKey: key,
        notBefore: new Date(start),
        notAfter: until,
        extensions: [basicConstraints(true), keyUsage('ca'), extendedKeyUsage(TIME_STAMPING)],
      },
      { name, key },
    );
    const issues = issuesWith((root) => root.timestampAuthorities.push(authorityJson('ca', [certificate], { start })));
    expect(issues).toMatchObject([{ where: 'timestampAuthorities[1]' }]);
  });

  it('is refused with a timestamp authority that lists its root first', () => {
    const issues = issuesWith((root) => item(root.timestampAuthorities).certChain.certificates.reverse());
    expect(issues).toMatchObject([{ where: 'timestampAuthorities[0]' }]);
  });

  it('is refused with an unknown critical extension in the path of its authority (W8)', () => {
    const key = createKeyPair('p384');
    const name = der.commonName('world.test', 'constrained');
    const nameConstraints = { oid: '2.5.29.30', critical: true, value: der.sequence() };
    const certificate = createCertificate(
      {
        subject: name,
        publicKey: key,
        notBefore: new Date(start),
        notAfter: until,
        extensions: [basicConstraints(true), keyUsage('ca'), nameConstraints],
      },
      { name, key },
    );
    const issues = issuesWith((root) =>
      root.certificateAuthorities.push(authorityJson('constrained', [certificate], { start })),
    );
    expect(issues).toMatchObject([
      { where: 'certificateAuthorities[1]', message: expect.stringContaining('2.5.29.30') },
    ]);
  });

  it('is refused with an authority that may not issue certificates', () => {
    const issues = issuesWith((root) => {
      item(root.certificateAuthorities).certChain = item(root.timestampAuthorities).certChain;
    });
    expect(issues).toMatchObject([{ where: 'certificateAuthorities[0]' }]);
  });

  it('is refused with more certificates in a chain than anybody needs', () => {
    const issuesOfChain = (length: number) =>
      issuesWith((root) => {
        const { certificates } = item(root.certificateAuthorities).certChain;
        while (certificates.length < length) certificates.unshift(item(certificates));
      });
    expect(issuesOfChain(8)).toEqual([]);
    expect(issuesOfChain(9)).toMatchObject([{ message: 'expected at most 8 certificates, got 9' }]);
  });

  it.each([
    ['under its own name by another key', 'world.test', 'world.test'],
    ['by its own key under another name', 'world.test', 'other.test'],
  ])('is refused with a root that was signed %s', (_, subject, issuer) => {
    const key = createKeyPair('p384');
    const isForged = subject === issuer;
    const certificate = createCertificate(
      {
        subject: der.commonName(subject, 'root'),
        publicKey: key,
        notBefore: new Date(start),
        notAfter: until,
        extensions: [basicConstraints(true), keyUsage('ca')],
      },
      { name: der.commonName(issuer, 'root'), key: isForged ? createKeyPair('p384') : key },
    );
    const issues = issuesWith((root) => root.certificateAuthorities.push(authorityJson('x', [certificate], { start })));
    expect(issues).toMatchObject([
      { where: 'certificateAuthorities[1]', message: expect.stringContaining('self-signed root') },
    ]);
  });

  it('is refused when it cannot satisfy its own thresholds', () => {
    expect(issuesWith((root) => (root.certificateAuthorities = []))).toMatchObject([
      { where: 'certificateAuthorities' },
    ]);
    expect(issuesOf(alteredRoot(world, (root) => (root.tlogs = []), { log: 1 }))).toMatchObject([{ where: 'tlogs' }]);
    expect(issuesOf(rootOf(world, { sct: 2 }))).toMatchObject([{ where: 'ctlogs' }]);
    const blind = (root: TrustedRootJson): void => {
      root.tlogs = [];
      root.timestampAuthorities = [];
    };
    expect(issuesOf(alteredRoot(world, blind, { log: 0 }))).toMatchObject([{ where: 'tlogs' }]);
  });

  it.each([
    [{ time: 0 }, 'thresholds.time'],
    [{ time: -1 }, 'thresholds.time'],
    [{ time: Number.NaN }, 'thresholds.time'],
    [{ log: -1 }, 'thresholds.log'],
    [{ sct: 0.5 }, 'thresholds.sct'],
  ])('is refused with the threshold %o: the time of a certificate is never optional (D6, W18)', (thresholds, where) => {
    expect(issuesOf(rootOf(world, thresholds)).map((issue) => issue.where)).toContain(where);
  });

  it.each(['', '{', '[]', 'null', '{}', '{"mediaType":"application/json"}', `${'['.repeat(40)}${']'.repeat(40)}`])(
    'is refused as %o',
    (document) => {
      expect(issuesOf({ ...rootOf(world), document })).toHaveLength(1);
    },
  );

  it('is refused with keys or certificates that cannot be read, and with a document out of all proportion', () => {
    expect(issuesWith((root) => (item(root.tlogs).publicKey.rawBytes = 'AAAA'))).toHaveLength(1);
    expect(
      issuesWith((root) => (item(item(root.certificateAuthorities).certChain.certificates).rawBytes = 'AAAA')),
    ).toHaveLength(1);
    expect(issuesOf({ ...rootOf(world), document: ' '.repeat(1024 * 1024 + 1) })).toHaveLength(1);
  });
});
