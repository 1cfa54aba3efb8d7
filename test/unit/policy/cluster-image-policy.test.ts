import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { BUILT_IN_TRUST, usualThresholds } from '../../../src/domain/built-in-trust.ts';
import type { Evidence } from '../../../src/domain/evidence.ts';
import type { PolicySet } from '../../../src/domain/policy.ts';
import { InvalidInputError } from '../../../src/kit/errors.ts';
import { createMaterialStore } from '../../../src/pipeline/judge/material-store.ts';
import { judge } from '../../../src/policy/judge/judge.ts';
import { coveringPolicies, matchPolicies } from '../../../src/policy/judge/match-policies.ts';
import { parsePolicyDocuments } from '../../../src/policy/read/parse-policy-documents.ts';
import { verifyEvidence } from '../../../src/verification/check/verify-evidence.ts';
import { createKeyPair, createSigstoreWorld, GITHUB_ISSUER } from '../../support/sigstore-world.ts';
import { trustRootYaml } from '../../support/trust-root-yaml.ts';
import { bundleEvidence, IMAGE, NOW } from '../verification/evidence.ts';

const world = createSigstoreWorld({ now: () => NOW });
const other = createSigstoreWorld({ now: () => NOW, domain: 'other.test' });
const key = createKeyPair();
const INLINE = JSON.stringify(key.pem);
const NAME = 'registry.example.com/acme/app';

function policy(authorities: string, more = '', glob = 'registry.example.com/**'): string {
  return `apiVersion: policy.sigstore.dev/v1beta1
kind: ClusterImagePolicy
metadata: { name: signed, annotations: { a: b }, labels: {} }
spec:
  images: [{ glob: ${JSON.stringify(glob)} }]
${more}
  authorities:
${authorities.replace(/^/gm, '    ')}
`;
}

function parse(text: string, kmsKeys?: ReadonlyMap<string, string | undefined>): PolicySet {
  const options = { trustNames: [...BUILT_IN_TRUST, 'house'], noMatch: 'alert', ...(kmsKeys && { kmsKeys }) } as const;
  return parsePolicyDocuments([{ file: 'cip.yaml', text }], () => key.pem, options);
}

function faultsIn(text: string): string {
  try {
    parse(text);
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    for (const { where } of error.issues) expect(where).toMatch(/^cip\.yaml:\d+:\d+$/);
    return error.issues.map(({ message, hint }) => `${message} (${hint ?? ''})`).join('\n');
  }
  return '';
}

/** The outcome for an image with this evidence, the public-good instance being `world` and GitHub's `other`. */
async function outcome(written: string | PolicySet, ...bundles: readonly Uint8Array[]): Promise<string> {
  const set = typeof written === 'string' ? parse(written) : written;
  const instances = { sigstore: world, github: other };
  const roots = BUILT_IN_TRUST.map((name) => {
    const root = { name, document: instances[name].trustedRoot, thresholds: usualThresholds(name) };
    return [name, root] as const;
  });
  const store = createMaterialStore(() => ({ epoch: 1, roots: new Map(roots) }));
  const policies = matchPolicies(set, NAME);
  const items: readonly Evidence[] = bundles.map(bundleEvidence);
  const materials = await store.materialsFor(policies);
  const findings = verifyEvidence({ subject: IMAGE.digest, items }, IMAGE, materials, NOW);
  const verdict = judge({ policies, noMatch: 'alert', image: NAME, digest: IMAGE.digest, findings, now: NOW });
  return `${verdict.outcome} ${verdict.onFailure}`;
}

const { digest } = IMAGE;
const SUBJECT = 'https://github.com/acme/app/.github/workflows/release.yml@refs/tags/v1.0.0';
const byRelease = world.signImageBundle({ digest, identity: world.mintGithub() });
const byStranger = world.signImageBundle({ digest, identity: world.mintGithub({ repository: 'evil/app' }) });
const byKey = world.signImageBundle({ digest, identity: { kind: 'key', key } });
const byOtherKey = world.signImageBundle({ digest, identity: { kind: 'key', key: createKeyPair() } });

const KEYLESS = `- keyless: { identities: [{ issuer: ${GITHUB_ISSUER}, subject: "${SUBJECT}" }] }`;

describe('a ClusterImagePolicy judges as policy-controller does', () => {
  it('by a keyless identity, exactly', async () => {
    expect(await outcome(policy(KEYLESS), byRelease)).toBe('pass quarantine');
    expect(await outcome(policy(KEYLESS), byStranger)).toBe('fail-evidence quarantine');
    expect(await outcome(policy(KEYLESS))).toBe('fail-missing quarantine');
    expect(await outcome(policy(KEYLESS.replace('/app/', '/ap/')), byRelease)).toBe('fail-evidence quarantine');
  });

  it('by expressions, which may match anywhere', async () => {
    const identity = (issuer: string, subject: string): string =>
      policy(`- keyless: { identities: [{ issuerRegExp: "${issuer}", subjectRegExp: "${subject}" }] }`);
    expect(await outcome(identity('githubusercontent', 'acme/app/.*release'), byRelease)).toBe('pass quarantine');
    expect(await outcome(identity('.*', '^https://github.com/acme/app$'), byRelease)).toBe('fail-evidence quarantine');
    expect(await outcome(identity('.*', '^https://github.com/acme/.*'), byStranger)).toBe('fail-evidence quarantine');
  });

  it('by any of several identities, each of which is an issuer and a subject', async () => {
    const identities = `{ issuer: ${GITHUB_ISSUER}, subject: "${SUBJECT}" }, { issuerRegExp: ".*", subjectRegExp: evil/app }`;
    const text = policy(`- keyless: { identities: [${identities}] }`);
    expect(await outcome(text, byRelease)).toBe('pass quarantine');
    expect(await outcome(text, byStranger)).toBe('pass quarantine');
    expect(await outcome(text.replace('evil/app', 'nobody'), byStranger)).toBe('fail-evidence quarantine');
  });

  it('by a key, with a hash or without', async () => {
    for (const hash of ['', ', hashAlgorithm: sha256', ', hashAlgorithm: " SHA256 "']) {
      expect(await outcome(policy(`- key: { data: ${INLINE}${hash} }`), byKey)).toBe('pass quarantine');
      expect(await outcome(policy(`- key: { data: ${INLINE}${hash} }`), byOtherKey)).toBe('fail-evidence quarantine');
    }
  });

  it('by a key whose signatures must be in the log, if `ctlog` says so', async () => {
    const logged = world.signImageBundle({ digest, identity: { kind: 'key', key }, log: 'rekor1' });
    const text = policy(`- key: { data: ${INLINE} }\n  ctlog: { url: https://rekor.sigstore.dev }`);
    expect(await outcome(text, byKey)).toBe('fail-evidence quarantine');
    expect(await outcome(text, logged)).toBe('pass quarantine');
    expect(await outcome(policy(`- key: { data: ${INLINE} }\n  ctlog: {}`), byKey)).toBe('pass quarantine');
  });

  it('by any of several authorities', async () => {
    const text = policy(`- key: { data: ${INLINE} }\n${KEYLESS}`);
    expect(await outcome(text, byKey)).toBe('pass quarantine');
    expect(await outcome(text, byRelease)).toBe('pass quarantine');
    expect(await outcome(text, byStranger, byOtherKey)).toBe('fail-evidence quarantine');
  });

  it('by all policies that match', async () => {
    const both = `${policy(`- key: { data: ${INLINE} }`)}---\n${policy(KEYLESS).replace('name: signed', 'name: built')}`;
    expect(await outcome(both, byKey)).toBe('fail-missing quarantine');
    expect(await outcome(both, byKey, byRelease)).toBe('pass quarantine');
  });

  it('by a static answer', async () => {
    expect(await outcome(policy('- static: { action: pass }'))).toBe('pass quarantine');
    expect(await outcome(policy('- static: { action: fail, message: "end of life" }'), byKey)).toBe(
      'fail-evidence quarantine',
    );
    expect(await outcome(policy(`- static: { action: fail }\n- key: { data: ${INLINE} }`), byKey)).toBe(
      'pass quarantine',
    );
  });

  it('by attestations of an authority, of which all must be there', async () => {
    const text = policy(`- key: { data: ${INLINE} }
  attestations:
    - { name: sbom, predicateType: cyclonedx }
    - { name: scan, predicateType: vuln }`);
    const identity = { kind: 'key', key } as const;
    const sbom = world.attest({ digest, identity, predicateType: 'https://cyclonedx.org/bom' });
    const scan = world.attest({ digest, identity, predicateType: 'https://cosign.sigstore.dev/attestation/vuln/v1' });
    expect(await outcome(text, sbom)).toBe('fail-missing quarantine');
    expect(await outcome(text, sbom, byKey)).toBe('fail-missing quarantine');
    expect(await outcome(text, sbom, scan)).toBe('pass quarantine');
  });

  it('only alerts with `mode: warn`', async () => {
    expect(await outcome(policy(KEYLESS, '  mode: warn'), byStranger)).toBe('fail-evidence alert');
    expect(await outcome(policy(KEYLESS, '  mode: enforce'), byStranger)).toBe('fail-evidence quarantine');
  });

  it.each(['https://acme.example', 'https://acme.example/', 'urn:acme:build'])(
    'by an attestation of the type %s, compared exactly',
    async (predicateType) => {
      const text = policy(
        `- key: { data: ${INLINE} }\n  attestations: [{ name: a, predicateType: "${predicateType}" }]`,
      );
      const attest = (type: string): Uint8Array =>
        world.attest({ digest, identity: { kind: 'key', key }, predicateType: type });
      expect(await outcome(text, attest(predicateType))).toBe('pass quarantine');
      expect(await outcome(text, attest(`${predicateType}x`))).toBe('fail-missing quarantine');
    },
  );

  it('reads v1alpha1 as v1beta1', async () => {
    expect(await outcome(policy(KEYLESS).replace('v1beta1', 'v1alpha1'), byRelease)).toBe('pass quarantine');
  });
});

describe('a TrustRoot among the files', () => {
  const byOther = other.signImageBundle({ digest, identity: other.mintGithub() });
  const stamped = other.signImageBundle({ digest, identity: other.mintGithub(), log: 'none', timestamp: true });
  const keyless = (more: string): string =>
    `- keyless: { trustRootRef: acme, identities: [{ issuer: ${GITHUB_ISSUER}, subject: "${SUBJECT}" }] }\n${more}`;
  const log = keyless('  ctlog: { trustRootRef: acme }');
  const time = keyless('  rfc3161timestamp: { trustRootRef: acme }');
  const root = trustRootYaml(other);
  const TWO_LEAVES = [...other.parts.tsa.chain.slice(0, 1), ...other.parts.tsa.chain];

  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  const BROKEN_CERTIFICATE = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
  const whole = (trustedRoot: string): string =>
    root.replace(/"spec":\{.*/, `"spec":{"trustedRootJSON":"${base64(trustedRoot)}"}}`);
  const withLog = (publicKey: KeyObject): string => {
    const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
    return trustRootYaml(other, 'acme', ['log']).replace(/"publicKey":"[^"]+"/, `"publicKey":"${base64(pem)}"`);
  };
  const { publicKey: secp256k1 } = generateKeyPairSync('ec', { namedCurve: 'secp256k1' });
  const { publicKey: x25519 } = generateKeyPairSync('x25519');

  it('may have a log that signs with RSA', () => {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    expect(faultsIn(`${withLog(publicKey)}\n---\n${policy(KEYLESS)}`)).toBe('');
  });

  it('vouches for certificates and log entries, wherever it stands', async () => {
    expect(await outcome(`${root}\n---\n${policy(log)}`, byOther)).toBe('pass quarantine');
    expect(await outcome(`${policy(log)}---\n${root}\n`, byOther)).toBe('pass quarantine');
  });

  it('does not vouch for what another instance signed, nor the public one for it', async () => {
    expect(await outcome(`${root}\n---\n${policy(log)}`, byRelease)).toBe('fail-evidence quarantine');
    expect(await outcome(policy(KEYLESS), byOther)).toBe('fail-evidence quarantine');
  });

  it('vouches for timestamps in place of the log with `rfc3161timestamp`', async () => {
    expect(await outcome(`${root}\n---\n${policy(time)}`, stamped)).toBe('pass quarantine');
    expect(await outcome(`${root}\n---\n${policy(time)}`, byOther)).toBe('fail-evidence quarantine');
    expect(await outcome(`${root}\n---\n${policy(log)}`, stamped)).toBe('fail-evidence quarantine');
  });

  it('can be put together from several', async () => {
    const parts = [trustRootYaml(other, 'acme', ['ca', 'ct']), trustRootYaml(other, 'times', ['tsa'])];
    const text = policy(keyless('  rfc3161timestamp: { trustRootRef: times }'));
    expect(await outcome([...parts, text].join('\n---\n'), stamped)).toBe('pass quarantine');
  });

  it('vouches for the timestamps of a key', async () => {
    const identity = { kind: 'key', key } as const;
    const timed = other.signImageBundle({ digest, identity, timestamp: true });
    const text = `${trustRootYaml(other, 'acme', ['tsa'])}\n---\n${policy(`- key: { data: ${INLINE} }\n  rfc3161timestamp: { trustRootRef: acme }`)}`;
    expect(await outcome(text, timed)).toBe('pass quarantine');
    expect(await outcome(text, byKey)).toBe('fail-evidence quarantine');
  });

  it("vouches for the log entries of a key, and not for another log's", async () => {
    const text = policy(`- key: { data: ${INLINE} }\n  ctlog: { trustRootRef: acme }`);
    const identity = { kind: 'key', key } as const;
    const logged = other.signImageBundle({ digest, identity, log: 'rekor1' });
    const elsewhere = world.signImageBundle({ digest, identity, log: 'rekor1' });
    expect(await outcome(`${root}\n---\n${text}`, logged)).toBe('pass quarantine');
    expect(await outcome(`${root}\n---\n${text}`, byKey)).toBe('fail-evidence quarantine');
    expect(await outcome(`${root}\n---\n${text}`, elsewhere)).toBe('fail-evidence quarantine');
    const alone = `${trustRootYaml(other, 'acme', ['log'])}\n---\n${text}`;
    expect(await outcome(alone, logged)).toBe('pass quarantine');
  });

  it('with a log and timestamps lets a key be asked for timestamps alone', async () => {
    const text = `${root}\n---\n${policy(`- key: { data: ${INLINE} }\n  rfc3161timestamp: { trustRootRef: acme }`)}`;
    const identity = { kind: 'key', key } as const;
    expect(await outcome(text, other.signImageBundle({ digest, identity, timestamp: true }))).toBe('pass quarantine');
    expect(await outcome(text, other.signImageBundle({ digest, identity, log: 'rekor1' }))).toBe(
      'fail-evidence quarantine',
    );
  });

  it('may be a trusted_root.json as it is, or one of the configuration', async () => {
    const spec = { trustedRootJSON: Buffer.from(other.trustedRoot).toString('base64') };
    const meta = { apiVersion: 'policy.sigstore.dev/v1alpha1', kind: 'TrustRoot', metadata: { name: 'acme' } };
    expect(await outcome(`${JSON.stringify({ ...meta, spec })}\n---\n${policy(log)}`, byOther)).toBe('pass quarantine');
    const [rule] =
      parse(policy(log.replaceAll('acme }', 'house }').replace('trustRootRef: acme', 'trustRootRef: house')))
        .policies[0]?.require[0]?.of ?? [];
    expect(rule).toMatchObject({ kind: 'identity', trust: 'house' });
    expect(rule).not.toHaveProperty('trustRoot');
  });

  it("need not be there for GitHub's instance", async () => {
    const text = policy(`- keyless:
    trustRootRef: github
    url: https://fulcio.githubapp.com
    identities: [{ issuer: ${GITHUB_ISSUER}, subjectRegExp: 'https://github.com/acme/app/\\.github/workflows/.*' }]
  rfc3161timestamp: { trustRootRef: github }
  signatureFormat: bundle
  attestations: [{ name: built, predicateType: https://slsa.dev/provenance/v1 }]`);
    const attested = (by: typeof other) => {
      const identity = by.mintGithub({}, { ctLog: null });
      return by.attestProvenance({ digest, identity, log: 'none', timestamp: true });
    };
    expect(await outcome(text, attested(other))).toBe('pass quarantine');
    expect(await outcome(text, attested(world))).toBe('fail-evidence quarantine');
  });

  it.each([
    ['nobody has', policy(log), /no TrustRoot named "acme" is among the policy files/],
    ['proves no time', `${root}\n---\n${policy(keyless(''))}`, /nothing would prove when something was signed/],
    [
      'holds no log',
      `${trustRootYaml(other, 'acme', ['ca', 'ct'])}\n---\n${policy(log)}`,
      /holds no sigstoreKeys.tLogs/,
    ],
    [
      'holds no certificate log',
      `${trustRootYaml(other, 'acme', ['ca', 'log'])}\n---\n${policy(log)}`,
      /insecureIgnoreSCT/,
    ],
    [
      'is a TUF mirror',
      root.replace('"spec":{', '"spec":{"remote":{"mirror":"https://x.example","root":"eA=="},'),
      /`remote` \(a TUF mirror\) is not supported.*`github` is always there.*`trust:`/,
    ],
    ['is not in base64', root.replace(/"publicKey":"/, '"publicKey":"!'), /expected bytes in base64/],
    ['holds no key', root.replace(/"publicKey":"[^"]+"/, '"publicKey":"eHl6"'), /expected a public key in PEM/],
    ['holds no certificate', root.replace(/"certChain":"[^"]+"/, '"certChain":"eHl6"'), /expected certificates in PEM/],
    [
      'has two timestamp authorities in one entry',
      trustRootYaml({ ...other, parts: { ...other.parts, tsa: { ...other.parts.tsa, chain: TWO_LEAVES } } }),
      /expected one timestamp authority .*got 2 certificates of no issuer/,
    ],
    ['is empty', trustRootYaml(other, 'acme', []), /expected at least one key or certificate/],
    ['has no name', root.replace('"name":"acme"', '"name":5'), /metadata\.name: expected text, got a number/],
    ['has text for a name and labels', root.replace('{"name":"acme"}', '"acme"'), /metadata: expected an object/],
    ['is a list', root.replace(/"spec":\{.*/, '"spec":[]}'), /spec: expected an object/],
    ['is no object inside', whole('["nothing"]'), /expected a trusted_root\.json, got no object/],
    ['is no JSON inside', whole('nothing'), /expected well-formed JSON/],
    ['has a log whose key is of a curve nobody signs with', withLog(secp256k1), /keys of the kind secp256k1 are not/],
    ['has a log whose key only agrees on keys', withLog(x25519), /keys of the kind x25519 are not supported/],
    [
      'has a certificate that cannot be read',
      root.replace(/"certChain":"[^"]+"/, `"certChain":"${base64(BROKEN_CERTIFICATE)}"`),
      /expected certificates in PEM, in base64: one cannot be read/,
    ],
    [
      'has an address that is none',
      root.replace('https://fulcio.world.test', 'fulcio'),
      /expected a URL, got "fulcio"/,
    ],
    [
      'has the log for public certificates',
      `${root}\n---\n${policy(`${KEYLESS}\n  ctlog: { trustRootRef: acme }`)}`,
      /a log of its own with public certificates is not supported/,
    ],
    [
      'has the timestamps for public certificates',
      `${root}\n---\n${policy(`${KEYLESS}\n  rfc3161timestamp: { trustRootRef: acme }`)}`,
      /timestamps of its own with public certificates are not supported/,
    ],
    ['has a name twice', `${root}\n---\n${root}`, /name of another TrustRoot too/],
  ])('that %s is refused', (_, text, expected) => {
    expect(faultsIn(text)).toMatch(expected);
  });
});

describe('the images of a ClusterImagePolicy', () => {
  it('are one alone where a digest is named: another of the repository is not covered, nor is that one elsewhere', () => {
    const set = parse(policy(KEYLESS, '', `registry.example.com/acme/*@${digest}`));
    const covered = (image: string, of: typeof digest) => coveringPolicies(set, image, { digest: of }).length === 1;
    expect(covered('registry.example.com/acme/app', digest)).toBe(true);
    expect(covered('registry.example.com/acme/app', `sha256:${'0'.repeat(64)}` as typeof digest)).toBe(false);
    expect(covered('registry.example.com/other/app', digest)).toBe(false);
    expect(matchPolicies(set, 'registry.example.com/acme/app')).toHaveLength(1);
  });

  const covers = (glob: string, image: string): boolean =>
    matchPolicies(parse(policy(KEYLESS, '', glob)), image).length === 1;

  it.each([
    ['**', 'anything.example/a/b', true],
    ['registry.example.com/acme/*', 'registry.example.com/acme/app', true],
    ['registry.example.com/acme/*', 'registry.example.com/acme/a/b', false],
    ['registry.example.com/acme/**', 'registry.example.com/acme/a/b', true],
    ['registry.example.com/acme/app', 'registry.example.com/acme/app', true],
    ['registry.example.com/acme/app*', 'registry.example.com/acme/app', true],
    ['registry.example.com/acme/app:**', 'registry.example.com/acme/app', true],
    ['localhost:5000/**', 'localhost:5000/app', true],
    ['registry.example.com/***', 'registry.example.com/a/b', true],
    ['registry.example.com/*', 'registryxexample.com/app', false],
    ['*', 'docker.io/library/alpine', true],
    ['*', 'docker.io/acme/app', false],
    ['*/*', 'index.docker.io/acme/app', true],
    ['*/*', 'registry.example.com/app', false],
    ['index.docker.io/acme/*', 'registry-1.docker.io/acme/app', true],
    ['**:**', 'registry.example.com/acme/app', true],
    ['localhost:**', 'localhost:5000/app', true],
    ['localhost:**', 'registry.example.com/app', false],
    ['registry.example.com/acme/app@*', 'registry.example.com/acme/app', true],
    ['registry.example.com/acme/*@sha256:**', 'registry.example.com/acme/app', true],
    ['registry.example.com/acme/*@sha256:*', 'registry.example.com/other/app', false],
  ])('%s and %s: %s', (glob, image, expected) => {
    expect(covers(glob, image)).toBe(expected);
  });
});

describe('what a ClusterImagePolicy cannot mean here is a fault with its line and the way out', () => {
  it.each([
    [
      'CUE or Rego over the results',
      policy(KEYLESS, '  policy: { type: cue, data: "x" }'),
      /`policy` \(CUE or Rego over the results\) is not supported.*`where`/,
    ],
    [
      'includeSpec',
      policy(KEYLESS, '  policy: { type: cue, data: "x", includeSpec: true }'),
      /`includeSpec` is not supported/,
    ],
    [
      'fetchConfigFile',
      policy(KEYLESS, '  policy: { type: cue, data: "x", fetchConfigFile: true }'),
      /`fetchConfigFile` is not supported/,
    ],
    [
      'match',
      policy(KEYLESS, '  match: [{ resource: pods }]'),
      /`match` \(selecting resources of a cluster\) is not supported/,
    ],
    [
      'CUE over an attestation',
      policy(
        `- key: { data: ${INLINE} }\n  attestations: [{ name: a, predicateType: vuln, policy: { type: cue, data: x } }]`,
      ),
      /`policy` \(CUE or Rego\) of an attestation is not supported.*CEL/,
    ],
    [
      'a Secret',
      policy('- key: { secretRef: { name: cosign } }'),
      /`secretRef` \(a Secret of the cluster\) is not supported.*kubectl get secret/,
    ],
    [
      'a KMS',
      policy('- key: { kms: "awskms:///alias/x" }'),
      /KMS reference awskms:\/\/\/alias\/x .*cosign public-key --key awskms:\/\/\/alias\/x\).*`kmsKeys`.*`data`/,
    ],
    [
      "a Secret for another repository's evidence",
      policy(`- key: { data: ${INLINE} }\n  source: [{ oci: example.com/sigs, signaturePullSecrets: [{ name: x }] }]`),
      /`signaturePullSecrets` \(Secrets of the cluster\) is not supported.*credentials/,
    ],
    [
      'a bare CA',
      policy('- keyless: { ca-cert: { data: x }, identities: [{ issuer: a, subject: b }] }'),
      /`ca-cert` is not supported.*TrustRoot/,
    ],
    ['no log for public certificates', policy(`${KEYLESS}\n  ctlog: {}`), /switches the transparency log off/],
    [
      'no SCT for public certificates',
      policy(KEYLESS.replace('identities', 'insecureIgnoreSCT: true, identities')),
      /cannot be ignored/,
    ],
    ['a tag', policy(KEYLESS, '', 'registry.example.com/app:v1*'), /the tag ":v1\*" in a glob is not supported/],
    [
      'a part of a digest',
      policy(KEYLESS, '', `registry.example.com/app@sha256:${'0'.repeat(60)}*`),
      /the digest "@sha256:0{60}\*" in a glob is not supported.*or "registry.example.com\/app" for the repository/,
    ],
    [
      "tags with a prefix in the image's own repository",
      policy(`- key: { data: ${INLINE} }\n  source: [{ tagPrefix: ci- }]`),
      /a source without `oci` is not supported.*names it as `oci`/,
    ],
    ['SHA-224', policy(`- key: { data: ${INLINE}, hashAlgorithm: sha224 }`), /unsupported hash algorithm/],
    ['a key that is none', policy('- key: { data: x, hashAlgorithm: sha256 }'), /cannot use the key/],
    [
      'a predicate type nobody knows, near to one or not',
      policy(
        `- key: { data: ${INLINE} }\n  attestations: [{ name: a, predicateType: vulns }, { name: b, predicateType: x }]`,
      ),
      /unknown predicate type \(Did you mean "vuln"\? Known: [^\n]*\n[^\n]*unknown predicate type \(Known: /,
    ],
  ])('%s', (_, text, expected) => {
    expect(faultsIn(text)).toMatch(expected);
  });

  it('a KMS reference, where others are configured: it tells which', () => {
    const text = policy('- key: { kms: "awskms:///alias/x" }');
    expect(() => parse(text, new Map([['gcpkms://a', key.pem]]))).toThrow(
      expect.objectContaining({
        issues: [expect.objectContaining({ hint: expect.stringMatching(/ gcpkms:\/\/a\.$/) })],
      }),
    );
  });
});

describe('a KMS reference whose public key is configured', () => {
  const REFERENCE = 'gcpkms://projects/acme/locations/eu/keyRings/r/cryptoKeys/release';
  const kms = (more = ''): string => policy(`- key: { kms: "${REFERENCE}"${more} }`);
  const KEYS = new Map([[REFERENCE, key.pem]]);

  it('is that key', async () => {
    expect(await outcome(parse(kms(), KEYS), byKey)).toBe('pass quarantine');
    expect(await outcome(parse(kms(', hashAlgorithm: sha256'), KEYS), byKey)).toBe('pass quarantine');
    expect(await outcome(parse(kms(), KEYS), byOtherKey)).toBe('fail-evidence quarantine');
  });

  it('means the same as the key itself, but for its name', () => {
    const [byReference, byData] = [parse(kms(), KEYS), parse(policy(`- key: { data: ${INLINE} }`))].map(
      ({ policies }) => policies[0]?.require[0]?.of[0],
    );
    const name = expect.stringContaining(REFERENCE);
    expect(byData).toMatchObject({ kind: 'key' });
    expect(byReference).toEqual({ ...byData, key: { ...Object(byData).key, name } });
  });

  it('is told by its line if the key does not suit the policy', () => {
    const ed25519 = createKeyPair('ed25519');
    expect(() => parse(kms(), new Map([[REFERENCE, 'x']]))).toThrow(
      expect.objectContaining({
        issues: [expect.objectContaining({ where: 'cip.yaml:8:19' })],
      }),
    );
    expect(parse(kms(', hashAlgorithm: sha512'), new Map([[REFERENCE, ed25519.pem]])).policies).toHaveLength(1);
  });

  it('is no fault of the policy if what is wrong with the key is told elsewhere', () => {
    expect(() => parse(kms(), new Map([[REFERENCE, undefined]]))).not.toThrow();
  });
});

describe('what policy-controller itself refuses is refused', () => {
  it.each([
    ['a bad glob', policy(KEYLESS, '', 'registry.example.com/{a,b}'), /expected a glob of letters/],
    ['an empty glob', policy(KEYLESS, '', ''), /expected a glob/],
    ['a glob of a digest alone', policy(KEYLESS, '', '@*'), /expected a glob/],
    ['no images', policy(KEYLESS).replace(/images: .*/, 'images: []'), /spec.images: expected at least 1/],
    [
      'no authorities',
      policy('').replace(/authorities:\s*$/, 'authorities: []'),
      /spec.authorities: expected at least 1/,
    ],
    ['an authority that is nothing', policy('-'), /authorities\[0\]: expected an object.*got nothing/],
    ['an authority that is text', policy('- key'), /authorities\[0\]: expected an object.*got text/],
    ['a key that is nothing', policy('- key:'), /key: expected an object.*got nothing/],
    ['a key that is text', policy('- key: cosign.pub'), /key: expected an object.*got text/],
    ['an identity that is nothing', policy('- keyless: { identities: [null] }'), /identities\[0\]: expected an object/],
    ['an identity that is text', policy('- keyless: { identities: [me] }'), /identities\[0\]: expected an object/],
    ['an authority without a kind', policy('- name: x'), /expected one of key, keyless, static/],
    [
      'an authority of two kinds',
      policy(`- static: { action: pass }\n  key: { data: ${INLINE} }`),
      /only one of key, keyless, static/,
    ],
    ['an empty identity', policy('- keyless: { identities: [{}] }'), /an empty identity would accept anybody/],
    [
      'an identity of empty text',
      policy('- keyless: { identities: [{ issuer: "", subject: "" }] }'),
      /would accept anybody/,
    ],
    [
      'an identity without a subject',
      policy('- keyless: { identities: [{ issuer: a }] }'),
      /expected one of subject and subjectRegExp.*anybody whom the issuer knows/,
    ],
    [
      'an identity without an issuer',
      policy('- keyless: { identities: [{ issuer: "", subjectRegExp: a }] }'),
      /expected one of issuer and issuerRegExp.*any identity provider/,
    ],
    ['no identities', policy('- keyless: { url: https://fulcio.sigstore.dev }'), /missing key "identities"/],
    ['an empty list of identities', policy('- keyless: { identities: [] }'), /at least 1/],
    [
      'issuer and issuerRegExp',
      policy('- keyless: { identities: [{ issuer: a, issuerRegExp: a, subject: b }] }'),
      /only one of issuer and issuerRegExp/,
    ],
    [
      'a bad regular expression',
      policy('- keyless: { identities: [{ issuer: a, subjectRegExp: "(" }] }'),
      /expected a regular expression: missing closing/,
    ],
    ['a malformed key', policy('- key: { data: "-----BEGIN PUBLIC KEY-----" }'), /cannot use the key/],
    ['an empty key', policy('- key: {}'), /expected one of data, kms, secretRef/],
    ['two keys in one', policy(`- key: { data: ${INLINE}, kms: x }`), /only one of data, kms, secretRef/],
    [
      'an unknown mode',
      policy(KEYLESS, '  mode: audit'),
      /spec.mode: expected "enforce" or "warn"|spec.mode: expected one of/,
    ],
    [
      'an unknown hash',
      policy(`- key: { data: ${INLINE}, hashAlgorithm: md5 }`),
      /unknown or unsupported hash algorithm/,
    ],
    ['an unknown static action', policy('- static: { action: maybe }'), /expected one of "pass", "fail"/],
    [
      'static with attestations',
      policy('- static: { action: pass }\n  attestations: [{ name: a, predicateType: vuln }]'),
      /`attestations` does not go with `static`/,
    ],
    [
      'static with a log',
      policy('- static: { action: pass }\n  ctlog: { url: https://rekor.sigstore.dev }'),
      /`ctlog` does not go with `static`/,
    ],
    [
      'an unknown predicate type',
      policy(`- key: { data: ${INLINE} }\n  attestations: [{ name: a, predicateType: vulnn }]`),
      /unknown predicate type.*Did you mean "vuln"/,
    ],
    [
      'an attestation without a name',
      policy(`- key: { data: ${INLINE} }\n  attestations: [{ predicateType: vuln }]`),
      /missing key "name"/,
    ],
    ['an unknown key', policy(KEYLESS.replace('subject:', 'subjct:')), /unknown key "subjct".*Did you mean "subject"/],
    ['an unknown version', policy(KEYLESS).replace('v1beta1', 'v1'), /apiVersion: expected one of/],
    [
      'two sources',
      policy(`- key: { data: ${INLINE} }\n  source: [{ oci: a.example/one }, { oci: a.example/two }]`),
      /source: expected at most 1/,
    ],
    [
      'a source without a host',
      policy(`- key: { data: ${INLINE} }\n  source: [{ oci: acme/sigs }]`),
      /expected a repository with its host/,
    ],
    [
      'a bundle format with a key',
      policy(`- key: { data: ${INLINE} }\n  signatureFormat: bundle`),
      /goes with `keyless` only/,
    ],
  ])('%s', (_, text, expected) => {
    expect(faultsIn(text)).toMatch(expected);
  });
});
