import { describe, expect, it } from 'vitest';
import { InvalidInputError } from '../../../src/kit/errors.ts';
import { createMaterialStore } from '../../../src/pipeline/judge/material-store.ts';
import { judge } from '../../../src/policy/judge/judge.ts';
import { listMaterials } from '../../../src/policy/judge/list-materials.ts';
import { parsePolicyDocuments } from '../../../src/policy/read/parse-policy-documents.ts';
import { verifyEvidence } from '../../../src/verification/check/verify-evidence.ts';
import { createKeyPair, createSigstoreWorld, GITHUB_ISSUER } from '../../support/sigstore-world.ts';
import { trustRootYaml } from '../../support/trust-root-yaml.ts';
import { bundleEvidence, IMAGE, NOW } from '../verification/evidence.ts';

const world = createSigstoreWorld({ now: () => NOW });
const KEY = createKeyPair();
const { digest } = IMAGE;
const IDENTITIES = `identities: [{ issuer: ${GITHUB_ISSUER}, subjectRegExp: acme/app }]`;
const ROOT = trustRootYaml(world, 'house');

const UNLOGGED = {
  subject: 'https://github.com/acme/app/.github/workflows/release.yml@refs/tags/v1.0.0',
  issuer: GITHUB_ISSUER,
};

function policy(name: string, authority: string): string {
  return `apiVersion: policy.sigstore.dev/v1beta1
kind: ClusterImagePolicy
metadata: { name: ${name} }
spec:
  images: [{ glob: "**" }]
  authorities:
    - ${authority.replaceAll('\n', '\n      ')}
`;
}

const parse = (...documents: readonly string[]) =>
  parsePolicyDocuments([{ file: 'cip.yaml', text: documents.join('\n---\n') }], () => '', {
    trustNames: ['sigstore'],
    noMatch: 'alert',
  }).policies;

/** The outcome under each of these authorities, in policies beside each other. */
async function outcomes(bundle: Uint8Array, authorities: Readonly<Record<string, string>>, root = ROOT) {
  const documents = Object.entries(authorities).map(([name, authority]) => policy(name, authority));
  const policies = parse(root, ...documents);
  const store = createMaterialStore(() => ({ epoch: 1, roots: new Map() }));
  const materials = await store.materialsFor(policies);
  const findings = verifyEvidence({ subject: digest, items: [bundleEvidence(bundle)] }, IMAGE, materials, NOW);
  const now = NOW;
  return Object.fromEntries(
    policies.map((one) => [
      one.name,
      judge({ policies: [one], noMatch: 'alert', image: 'r.test/a', digest, findings, now }).outcome,
    ]),
  );
}

const USES = {
  log: `keyless: { trustRootRef: house, ${IDENTITIES} }\nctlog: { trustRootRef: house }`,
  'log-without-sct': `keyless: { trustRootRef: house, insecureIgnoreSCT: true, ${IDENTITIES} }\nctlog: { trustRootRef: house }`,
  time: `keyless: { trustRootRef: house, ${IDENTITIES} }\nrfc3161timestamp: { trustRootRef: house }`,
  'time-without-sct': `keyless: { trustRootRef: house, insecureIgnoreSCT: true, ${IDENTITIES} }\nrfc3161timestamp: { trustRootRef: house }`,
  key: `key: { data: ${JSON.stringify(KEY.pem)} }`,
  'key-log': `key: { data: ${JSON.stringify(KEY.pem)} }\nctlog: { trustRootRef: house }`,
  'key-time': `key: { data: ${JSON.stringify(KEY.pem)} }\nrfc3161timestamp: { trustRootRef: house }`,
};

/** `pass` for these uses, `fail-evidence` for all others. */
const passing = (...names: readonly (keyof typeof USES)[]) =>
  Object.fromEntries(
    Object.keys(USES).map((name) => [name, names.some((one) => one === name) ? 'pass' : 'fail-evidence']),
  );

describe('one TrustRoot, used by policies beside each other for different things', () => {
  const github = world.mintGithub();
  const unlogged = world.mintKeyless({ ...UNLOGGED, ctLog: null });
  const key = { kind: 'key', key: KEY } as const;

  it.each([
    ['a certificate and its log entry', { identity: github }, passing('log', 'log-without-sct')],
    [
      'a certificate and a timestamp',
      { identity: github, log: 'none', timestamp: true },
      passing('time', 'time-without-sct'),
    ],
    [
      'a certificate, a log entry and a timestamp',
      { identity: github, timestamp: true },
      passing('log', 'log-without-sct', 'time', 'time-without-sct'),
    ],
    ['a certificate in no log of certificates, and a log entry', { identity: unlogged }, passing('log-without-sct')],
    [
      'a certificate in no log of certificates, and a timestamp',
      { identity: unlogged, log: 'none', timestamp: true },
      passing('time-without-sct'),
    ],
    ['a key', { identity: key }, passing('key')],
    ['a key and a log entry', { identity: key, log: 'rekor1' }, passing('key', 'key-log')],
    ['a key and a timestamp', { identity: key, timestamp: true }, passing('key', 'key-time')],
  ] as const)('takes %s for what it proves, and no more', async (_, form, expected) => {
    expect(await outcomes(world.signImageBundle({ digest, ...form }), USES)).toEqual(expected);
  });

  it('knows a log by an Ed25519 key, as those of Rekor 2 have', async () => {
    const { rekor, rekor2 } = world.parts;
    const pem = (spki: Buffer): string => {
      const lines = spki.toString('base64').match(/.{1,64}/g) ?? [];
      const text = ['-----BEGIN PUBLIC KEY-----', ...lines, '-----END PUBLIC KEY-----', ''].join('\n');
      return Buffer.from(text).toString('base64');
    };
    expect(ROOT).toContain(pem(rekor.key.spki));
    const root = ROOT.replaceAll(pem(rekor.key.spki), pem(rekor2.key.spki)).replaceAll(rekor.baseUrl, rekor2.baseUrl);
    const form = { digest, identity: key, log: 'rekor2', timestamp: false } as const;
    expect(await outcomes(world.signImageBundle(form), USES, root)).toEqual(passing('key', 'key-log'));
    expect(await outcomes(world.signImageBundle(form), USES)).toEqual(passing('key'));
  });

  it('is a root of its own for each use, however often it is used so', () => {
    const names = Object.keys(USES);
    const twice = [...names, ...names.map((name) => `${name}-again`)];
    const documents = twice.map((name) => policy(name, USES[name.replace('-again', '') as keyof typeof USES]));
    const roots = listMaterials(parse(ROOT, ...documents)).roots.map(({ name }) => name);
    expect(new Set(roots).size).toBe(4);
    expect(roots).toHaveLength(4);
  });
});

describe('two TrustRoots', () => {
  it('are as many roots as there are ways to put parts of them together, each told by its parts', () => {
    const both = ['house', 'partner'];
    const proofs = ['ctlog', 'rfc3161timestamp'].flatMap((proof) =>
      both.map((of) => `${proof}: { trustRootRef: ${of} }`),
    );
    const keyless = both.flatMap((of) =>
      ['', 'insecureIgnoreSCT: true, '].flatMap((sct) =>
        proofs.map((proof) => `keyless: { trustRootRef: ${of}, ${sct}${IDENTITIES} }\n${proof}`),
      ),
    );
    const keyed = proofs.map((proof) => `key: { data: ${JSON.stringify(KEY.pem)} }\n${proof}`);
    const documents = [...keyless, ...keyed].map((authority, at) => policy(`p${at}`, authority));
    const materials = listMaterials(parse(ROOT, trustRootYaml(world, 'partner'), ...documents));
    const names = [...materials.roots.map(({ name }) => name), ...materials.keys.map(({ trust }) => trust)];
    expect(new Set(names).size).toBe(keyless.length + keyed.length);
    expect(names).toContain('TrustRoot/certificates of house, log of partner');
    expect(names).toContain('TrustRoot/certificates of partner, timestamps of house, no SCT');
    expect(names).toContain('TrustRoot/log of partner');
  });
});

describe('what a TrustRoot lacks, or is not there, is told where it is named', () => {
  const faultsIn = (...documents: readonly string[]): readonly string[] => {
    try {
      parse(...documents);
    } catch (error) {
      if (!(error instanceof InvalidInputError)) throw error;
      return error.issues.map(({ where, message, hint }) => `${where} ${message} ${hint ?? ''}`);
    }
    return [];
  };

  // The authority begins in line 9.
  it.each([
    [
      'keyless',
      USES.log.replace('house', 'hause'),
      /^cip\.yaml:10:\d+ no TrustRoot named "hause".*Did you mean "house"/,
    ],
    ['ctlog', USES.log.replace('{ trustRootRef: house }', '{ trustRootRef: hause }'), /^cip\.yaml:11:\d+ no TrustRoot/],
    ['rfc3161timestamp', USES['key-time'].replace('house', 'hause'), /^cip\.yaml:11:\d+ no TrustRoot/],
  ])('in `%s`', (_, authority, words) => {
    expect(faultsIn(ROOT, policy('one', `name: a\n${authority}`))).toEqual([expect.stringMatching(words)]);
  });

  it.each([
    ['certificates', ['log', 'ct'], USES.log, /"house" holds no sigstoreKeys\.certificateAuthorities/],
    [
      'logs of certificates',
      ['ca', 'log'],
      USES.log,
      /"house" holds no sigstoreKeys\.ctLogs \(or insecureIgnoreSCT: true\)/,
    ],
    ['logs', ['ca', 'ct'], USES.log, /"house" holds no sigstoreKeys\.tLogs/],
    ['timestamp authorities', ['ca', 'ct', 'log'], USES.time, /"house" holds no sigstoreKeys\.timestampAuthorities/],
    [
      'timestamp authorities for a key',
      ['log'],
      USES['key-time'],
      /"house" holds no sigstoreKeys\.timestampAuthorities/,
    ],
    ['logs for a key', ['tsa'], USES['key-log'], /"house" holds no sigstoreKeys\.tLogs/],
  ] as const)('without %s', (_, parts, authority, words) => {
    expect(faultsIn(trustRootYaml(world, 'house', parts), policy('one', authority))).toEqual([
      expect.stringMatching(words),
    ]);
  });

  it('needs no more than its use does', () => {
    for (const [parts, authority] of [
      [['ca', 'log'], USES['log-without-sct']],
      [['ca', 'tsa'], USES['time-without-sct']],
      [['log'], USES['key-log']],
      [['tsa'], USES['key-time']],
    ] as const) {
      expect(faultsIn(trustRootYaml(world, 'house', parts), policy('one', authority))).toEqual([]);
    }
  });
});
