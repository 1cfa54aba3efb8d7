import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renderSuggestion } from '../../../../src/cli/policy/render-suggestion.ts';
import type { Finding } from '../../../../src/domain/finding.ts';
import { keyMaterialId, type PolicyKey } from '../../../../src/domain/policy.ts';
import { judge } from '../../../../src/policy/judge/judge.ts';
import { parsePolicyDocuments } from '../../../../src/policy/read/parse-policy-documents.ts';
import type { ImageSample } from '../../../../src/policy/suggest/image-sample.ts';
import { suggestPolicy } from '../../../../src/policy/suggest/suggest-policy.ts';
import { createTrustMaterial } from '../../../../src/verification/check/trust-material.ts';
import { certificate, digestFor, IMAGE, NOW, refused, verified } from '../../../support/findings.ts';
import { GENERATOR, githubClaims, SOURCE, slsa1, slsa02 } from '../../../support/provenance.ts';
import { createKeyPair } from '../../../support/sigstore-world.ts';
import { bundleEvidence } from '../../verification/evidence.ts';
import { realBundles, realRoot } from '../../verification/real-bundles.ts';

const RELEASE = `${SOURCE}/.github/workflows/release.yml`;
const SLSA1 = 'https://slsa.dev/provenance/v1';
const CYCLONEDX = 'https://cyclonedx.org/bom';

function sample(tag: string, findings: readonly Finding[]): ImageSample {
  return { name: `${IMAGE}:${tag}`, image: IMAGE, digest: digestFor(tag), findings };
}

/** What GitHub attests of a release of acme/app. */
function released(tag: string, repository = SOURCE): ImageSample {
  const ref = `refs/tags/${tag}`;
  const workflow = `${repository}/.github/workflows/release.yml@${ref}`;
  const claims = githubClaims({ buildSignerUri: workflow, sourceRepositoryUri: repository, sourceRepositoryRef: ref });
  const predicate = slsa1({ source: `git+${repository}@${ref}` });
  return sample(tag, [verified({ signer: certificate(workflow, { claims }), predicateType: SLSA1, predicate })]);
}

function ownKey(name = 'cosign.pub'): PolicyKey {
  const { pem, keyId } = createKeyPair();
  return { keyId, pem, name };
}

function byKey(key: PolicyKey, predicateType?: string): Finding {
  const signer = { kind: 'key', keyId: key.keyId } as const;
  const material = keyMaterialId(key);
  return verified({ signer, material, signedAt: [], ...(predicateType !== undefined && { predicateType }) });
}

const keysOf = (...keys: readonly PolicyKey[]) => new Map(keys.map((key) => [keyMaterialId(key), key]));

/** Suggests, writes, reads back, and judges every sample by what was read. */
function suggested(samples: readonly ImageSample[], ...keys: readonly PolicyKey[]) {
  const policy = suggestPolicy(samples, keysOf(...keys), NOW);
  const text = renderSuggestion(policy);
  const set = parsePolicyDocuments(
    [{ file: 'suggested.yaml', text }],
    (path) => keys.find(({ name }) => name === path)?.pem ?? '',
    { trustNames: ['sigstore', 'github', 'acme'], noMatch: 'alert' },
  );
  const passes = (one: ImageSample): boolean => {
    const { image, digest, findings } = one;
    return judge({ policies: set.policies, noMatch: 'alert', image, digest, findings, now: NOW }).outcome === 'pass';
  };
  return { policy, text, set, passes };
}

describe('a suggested policy', () => {
  it('is satisfied by the images it was made from and by the next release, and by nothing built elsewhere', () => {
    const samples = [released('v1.4.1'), released('v1.4.2')];
    const { text, passes } = suggested(samples);
    expect(samples.every(passes)).toBe(true);
    expect(passes(released('v2.0.0'))).toBe(true);
    expect(passes(released('v2.0.0', 'https://github.com/mallory/app'))).toBe(false);
    expect(passes(released('nightly'))).toBe(false);
    expect(text).toMatchInlineSnapshot(`
      "# Suggested from these images, which satisfy it:
      # registry.example.com/acme/app:v1.4.1
      #   (sha256:09ef6aa2d53fba7a3aeedde1ff2d6cc8846c95e3372f6c04723d5fb568b198af)
      # registry.example.com/acme/app:v1.4.2
      #   (sha256:906eba7069b06e719efc9b176bf7e23db8b68c267d5fcc5aa150e56fdef3c274)
      # Read it before you put it in force. What is weak about a requirement is said above it.

      apiVersion: lazaret.dev/v1
      kind: ImagePolicy
      metadata:
        name: acme-app
      spec:
        images:
          - registry.example.com/acme/app
        require:
          # Whoever may make a tag of this form can release: protect such tags in the source repository.
          - name: built by release.yml of acme/app
            provenance:
              signer:
                issuer: https://token.actions.githubusercontent.com
                subject:
                  pattern: https://github\\.com/acme/app/\\.github/workflows/release\\.yml@refs/tags/v[0-9].*
              source:
                repository: https://github.com/acme/app
                ref: refs/tags/v*
              builder: https://github.com/actions/runner/github-hosted
      "
    `);
  });

  it('asks for what all images have, and says what only some have', () => {
    const key = ownKey();
    const samples = [
      sample('v1', [byKey(key), byKey(key, CYCLONEDX)]),
      sample('v2', [byKey(key)]),
      sample('v3', [byKey(key)]),
    ];
    const { policy, passes } = suggested(samples, key);
    expect(policy.requirements.map(({ requirement }) => requirement.kind)).toEqual(['signature']);
    expect(policy.notes).toContain(`Not asked for: a CycloneDX SBOM. ${IMAGE}:v2, ${IMAGE}:v3 have none.`);
    expect(samples.every(passes)).toBe(true);
  });

  it('lets any of several signers do only where none signed all images', () => {
    const [alice, bob] = [ownKey('alice.pub'), ownKey('bob.pub')];
    const apart = suggested([sample('v1', [byKey(alice)]), sample('v2', [byKey(bob)])], alice, bob);
    expect(apart.policy.requirements[0]?.requirement.of).toHaveLength(2);
    expect(apart.policy.requirements[0]?.weak.join(' ')).toContain('No signer is common to all the images');
    const both = suggested([sample('v1', [byKey(alice), byKey(bob)]), sample('v2', [byKey(bob)])], alice, bob);
    expect(both.policy.requirements[0]?.requirement.of).toMatchObject([{ key: { name: 'bob.pub' } }]);
  });

  it('names the source for which a shared workflow signed: anybody may call it', () => {
    const shared = 'https://github.com/acme/workflows/.github/workflows/sign.yml@refs/tags/v1.0.0';
    const signed = (source: string): ImageSample =>
      sample('v1', [verified({ signer: certificate(shared, { claims: { sourceRepositoryUri: source } }) })]);
    const { passes } = suggested([signed(SOURCE)]);
    expect(passes(signed(SOURCE))).toBe(true);
    expect(passes(signed('https://github.com/mallory/app'))).toBe(false);
  });

  it('asks for a builder without its version, or every update of it would fail', () => {
    const signer = certificate(`${GENERATOR}@refs/tags/v2.0.0`, {
      claims: githubClaims({ buildSignerUri: `${GENERATOR}@refs/tags/v2.0.0` }),
    });
    const built = sample('v1.4.2', [
      verified({ signer, predicateType: 'https://slsa.dev/provenance/v0.2', predicate: slsa02() }),
    ]);
    const { policy, passes } = suggested([built]);
    expect(policy.requirements[0]?.requirement).toMatchObject({ builder: GENERATOR, source: { repository: SOURCE } });
    expect(passes(built)).toBe(true);
  });

  /** As released, but built on a branch, on this machine, by this builder. */
  function built(
    tag: string,
    ref: string,
    machine = 'github-hosted',
    more: Partial<Parameters<typeof slsa1>[0]> = {},
  ): ImageSample {
    const subject = `${RELEASE}@${ref}`;
    const claims = githubClaims({ buildSignerUri: subject, sourceRepositoryRef: ref, runnerEnvironment: machine });
    const builder = `https://github.com/actions/runner/${machine}`;
    const predicate = slsa1({ source: `git+${SOURCE}@${ref}`, builder, ...more });
    return sample(tag, [verified({ signer: certificate(subject, { claims }), predicateType: SLSA1, predicate })]);
  }
  const weakOf = (...samples: readonly ImageSample[]): string =>
    suggested(samples)
      .policy.requirements.flatMap(({ weak }) => weak)
      .join('\n');

  it('says that any branch will do where nothing common was found', () => {
    const many = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => built(name, `refs/heads/${name}`));
    expect(weakOf(...many)).toContain('Any branch and tag of the workflow will do');
    expect(weakOf(...many)).toContain('Any branch and tag of the source will do');
  });

  it('says that whoever can log in to machines of their own can change the build', () => {
    expect(weakOf(built('v1', 'refs/tags/v1.0.0', 'self-hosted'))).toContain('It is built on machines of your own');
  });

  it('names a workflow once that built on two kinds of machine, and says that any will do', () => {
    const samples = [built('v1', 'refs/tags/v1.0.0'), built('v2', 'refs/tags/v2.0.0', 'self-hosted')];
    const { policy, text, passes } = suggested(samples);
    expect(samples.every(passes)).toBe(true);
    expect(passes(built('v3', 'refs/tags/v3.0.0'))).toBe(true);
    expect(passes(released('v3.0.0', 'https://github.com/mallory/app'))).toBe(false);
    expect(policy.notes).toEqual([]);
    expect(text.slice(text.indexOf('  require:'))).toMatchInlineSnapshot(`
      "  require:
          # Whoever may make a tag of this form can release: protect such tags in the source repository.
          # The builder is not the same for all images: any will do.
          - name: built by release.yml of acme/app
            provenance:
              signer:
                issuer: https://token.actions.githubusercontent.com
                subject:
                  pattern: https://github\\.com/acme/app/\\.github/workflows/release\\.yml@refs/tags/v[0-9].*
              source:
                repository: https://github.com/acme/app
                ref: refs/tags/v*
      "
    `);
  });

  it.each([
    [
      'only the repository of a builder believed without a ref',
      'https://ci.example.com/builder',
      { repository: SOURCE },
    ],
    ['no source of a builder that always names a ref', GENERATOR, undefined],
  ])('names a key once whose provenance names a ref in one image alone, and asks for %s', (_, builder, source) => {
    const key = ownKey();
    const signer = { kind: 'key', keyId: key.keyId } as const;
    const by = (tag: string, uri: string, buildKey = key): ImageSample => {
      const predicate = slsa02({ source: `git+${uri}`, builder: `${builder}@refs/tags/v2.0.0` });
      const predicateType = 'https://slsa.dev/provenance/v0.2';
      return sample(tag, [verified({ signer, material: keyMaterialId(buildKey), predicateType, predicate })]);
    };
    const samples = [by('v1', `${SOURCE}@refs/tags/v1.0.0`), by('v2', SOURCE)];
    const { policy, passes } = suggested(samples, key);
    const [requirement, ...others] = policy.requirements.map((one) => one.requirement);
    expect(others).toEqual([]);
    expect(requirement).toMatchObject({ kind: 'provenance', of: [{ key: { name: 'cosign.pub' } }] });
    expect(requirement).toHaveProperty('builder', builder);
    expect(requirement?.kind === 'provenance' && requirement.source).toEqual(source);
    expect(policy.requirements[0]?.weak.join(' ')).toMatch(source ? /Any branch and tag of the source/ : /any source/);
    expect(samples.every(passes)).toBe(true);
    expect(passes(by('v3', SOURCE, ownKey('other.pub')))).toBe(false);
  });

  it('names the sources of a shared builder one by one where they are not the same: anybody may call it', () => {
    const builtFor = (tag: string, repository: string): ImageSample => {
      const subject = `${GENERATOR}@refs/tags/v2.0.0`;
      const claims = githubClaims({ buildSignerUri: subject, sourceRepositoryUri: repository });
      const predicate = slsa02({ source: `git+${repository}@refs/tags/v1.4.2` });
      const predicateType = 'https://slsa.dev/provenance/v0.2';
      return sample(tag, [verified({ signer: certificate(subject, { claims }), predicateType, predicate })]);
    };
    const samples = [builtFor('v1', SOURCE), builtFor('v2', 'https://github.com/acme/renamed')];
    const { policy, passes } = suggested(samples);
    expect(policy.requirements[0]?.requirement.of).toHaveLength(2);
    expect(samples.every(passes)).toBe(true);
    expect(passes(builtFor('v3', 'https://github.com/mallory/app'))).toBe(false);
  });

  it('names the machine for the builder where a workflow names itself as that', () => {
    const own = built('v1', 'refs/tags/v1.0.0', 'github-hosted', { builder: `${RELEASE}@refs/tags/v1.0.0` });
    const { policy } = suggested([own]);
    expect(policy.requirements[0]?.requirement).toMatchObject({
      builder: 'https://github.com/actions/runner/github-hosted',
    });
  });

  it('says where nothing proves when it was signed', () => {
    const untimed = sample('v1', [verified({ signer: certificate(), signedAt: [] })]);
    expect(weakOf(untimed)).toContain('Nothing proves when it was signed.');
  });

  it('writes how a key signs, and says nothing of a log where the key must be in one', () => {
    const key: PolicyKey = {
      ...ownKey(),
      hash: 'sha512',
      encoding: 'ieee-p1363',
      trust: 'acme',
      transparencyLog: 'required',
    };
    const { policy, text } = suggested([sample('v1', [byKey(key)])], key);
    expect(policy.requirements[0]?.weak.join(' ')).not.toContain('no log shows it');
    expect(text).toContain('hash: sha512');
    expect(text).toContain('encoding: ieee-p1363');
  });

  it('counts the images that lack something, and the reasons that are too many to tell', () => {
    const key = ownKey();
    const lacking = ['a', 'b', 'c', 'd', 'e'].map((tag) => sample(tag, [byKey(key)]));
    const { policy } = suggested([...lacking, sample('f', [byKey(key), byKey(key, CYCLONEDX)])], key);
    expect(policy.notes.join(' ')).toMatch(/Not asked for: a CycloneDX SBOM\. .*:c and 2 more have none\./);
    const broken = Array.from({ length: 40 }, (_, n) =>
      refused('TIME_UNPROVEN', { piece: `${n}`, message: `No ${n}.` }),
    );
    expect(suggestedOnly([sample('v1', broken)]).policy.notes.at(-1)).toMatch(/ \d+ more reasons\.$/);
  });

  it('tells of what lies at the platforms where the index has nothing', () => {
    const platforms = [sample('v1-amd64', [refused('TIME_UNPROVEN', { message: 'Nothing proves when.' })])];
    const { policy } = suggestedOnly([{ ...sample('v1', []), platforms }]);
    expect(policy.notes).toEqual([
      `${IMAGE}:v1-amd64: a piece of evidence does not verify (TIME_UNPROVEN): Nothing proves when.`,
    ]);
  });

  it('asks for nothing that does not hold together, and says so', () => {
    const signer = certificate(`${RELEASE}@refs/tags/v1.4.2`, {
      claims: githubClaims({ sourceRepositoryUri: 'https://github.com/mallory/app' }),
    });
    const { policy } = suggestedOnly([
      sample('v1.4.2', [verified({ signer, predicateType: SLSA1, predicate: slsa1() })]),
    ]);
    expect(policy.requirements).toEqual([]);
    expect(policy.notes.join(' ')).toContain('what it says does not hold together');
  });

  it('says why evidence could not be asked for, and what to give', () => {
    const strange = refused('MATERIAL_MISMATCH');
    const broken = refused('TIME_UNPROVEN', { message: 'Nothing proves when it was signed.' });
    const { policy } = suggestedOnly([sample('v1', [strange, broken]), sample('v2', [])]);
    expect(policy.notes).toEqual([
      `${IMAGE}:v1: a piece of evidence is signed with a key that was not given: name its public key with --key FILE.`,
      `${IMAGE}:v1: a piece of evidence does not verify (TIME_UNPROVEN): Nothing proves when it was signed.`,
      `${IMAGE}:v2 has nothing signed that could be asked for.`,
    ]);
  });

  it('covers artifacts of the kinds it was made from, which a policy leaves out otherwise', () => {
    const key = ownKey();
    const chart = { ...sample('v1', [byKey(key)]), artifactType: 'application/vnd.cncf.helm.config.v1+json' };
    expect(suggested([chart], key).set.policies[0]?.artifacts).toEqual([chart.artifactType]);
    const both = suggested([chart, sample('v2', [byKey(key)])], key);
    expect(both.set.policies[0]?.artifacts).toEqual([chart.artifactType, 'images']);
  });

  it('asks of each platform what no index proves, and of the index what it does', () => {
    const key = ownKey();
    const on = (tag: string, platform: string) => sample(`${tag}-${platform}`, [byKey(key, CYCLONEDX)]);
    const index = (tag: string, platforms: readonly ImageSample[]) => ({ ...sample(tag, [byKey(key)]), platforms });
    const both = [on('v1', 'amd64'), on('v1', 'arm64')];
    const { policy, set } = suggested([index('v1', both)], key);
    expect(policy.requirements.map(({ requirement }) => [requirement.kind, requirement.platforms])).toEqual([
      ['signature', undefined],
      ['attestation', 'each'],
    ]);
    expect(set.policies[0]?.require[1]?.platforms).toBe('each');
    const lacking = suggested([index('v1', [...both, sample('v1-s390x', [])])], key).policy;
    expect(lacking.requirements).toHaveLength(1);
    expect(lacking.notes.join(' ')).toContain('Not asked for: a CycloneDX SBOM');
  });

  it('gives two requirements of one kind two names', () => {
    const [a, b] = [ownKey('same.pub'), ownKey('same.pub')];
    const policy = suggestPolicy([sample('v1', [byKey(a), byKey(b)])], keysOf(a, b), NOW);
    expect(policy.requirements.map(({ requirement }) => requirement.name)).toEqual([
      'signed by the key same.pub',
      'signed by the key same.pub (2)',
    ]);
  });

  it.each([
    'acme\u202egro.live',
    'ac\u200bme',
    'acme\u009b8m',
    'acme\u001b[8m',
    'a\nb',
    // The library folds this, and reads it back as something else.
    `${'a'.repeat(40)}\n\n\n \n`,
    'acme\u{e0041}',
    'x\u2028- y',
  ])('E13: shows a name that shows itself as another (%j) by its escapes, and asks for that name', (name) => {
    const one = sample('v1', [verified({ signer: certificate(`https://github.com/${name}`) })]);
    const { text, policy, set, passes } = suggested([one]);
    expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u);
    expect(set.policies[0]?.require).toEqual(policy.requirements.map(({ requirement }) => requirement));
    expect(passes(one)).toBe(true);
  });

  it('reads back as it was meant, whatever certificates and statements hold', () => {
    const text = fc.oneof(fc.string({ minLength: 1 }), fc.string({ unit: 'binary', minLength: 1, maxLength: 400 }));
    fc.assert(
      fc.property(text, text, text, (subject, issuer, type) => {
        const signer = certificate(subject, { issuer });
        const one = sample('v1', [
          verified({ signer }),
          verified({ signer, predicateType: `x:${type}`, predicate: {} }),
        ]);
        const { policy, passes } = suggested([one]);
        expect(policy.requirements.length === 0 || passes(one)).toBe(true);
      }),
    );
  });
});

const suggestedOnly = (samples: readonly ImageSample[]) => ({ policy: suggestPolicy(samples, new Map(), NOW) });

describe('a policy suggested from a real bundle', () => {
  it.each(realBundles().filter(({ artifact }) => artifact === undefined))('$name', ({ name, root, bytes, subject }) => {
    const trust = root === 'github' ? 'github' : 'sigstore';
    const material = createTrustMaterial({ ...realRoot(root), name: trust });
    const findings = [material.verify(bundleEvidence(bytes), subject, NOW)];
    const one: ImageSample = { name: `${IMAGE}:v1`, image: IMAGE, digest: subject.digest, findings };
    const { text, passes } = suggested([one]);
    expect(passes(one), text).toBe(true);
    expect(text).toMatchSnapshot(name);
  });
});
