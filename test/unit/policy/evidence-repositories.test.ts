import { describe, expect, it } from 'vitest';
import type { PolicySet } from '../../../src/domain/policy.ts';
import { InvalidInputError } from '../../../src/kit/errors.ts';
import {
  listEvidenceRepositories,
  namesEvidenceRepository,
} from '../../../src/policy/judge/list-evidence-repositories.ts';
import { parsePolicyDocuments } from '../../../src/policy/read/parse-policy-documents.ts';
import { createKeyPair } from '../../support/sigstore-world.ts';

const KEY = createKeyPair();
const HOSTS = ['registry.example.com', 'registry.internal:5000', 'docker.io'];

function parse(text: string, registryHosts: readonly string[] | undefined = HOSTS): PolicySet {
  return parsePolicyDocuments([{ file: 'policy.yaml', text }], () => KEY.pem, {
    trustNames: [],
    noMatch: 'alert',
    ...(registryHosts && { registryHosts }),
  });
}

const imagePolicy = (evidence: string, name = 'acme') => `
apiVersion: lazaret.dev/v1
kind: ImagePolicy
metadata: { name: ${name} }
spec:
  images: ["registry.example.com/acme/**"]
  evidence: ${evidence}
  require: [{ name: signed, signature: { signer: { key: a.pub } } }]
`;

const clusterPolicy = (...sources: readonly string[]) => `
apiVersion: policy.sigstore.dev/v1beta1
kind: ClusterImagePolicy
metadata: { name: cluster }
spec:
  images: [{ glob: "registry.example.com/acme/**" }]
  authorities:
${sources
  .map(
    (source) => `
    - key: { data: ${JSON.stringify(KEY.pem)} }
      source: ${source}`,
  )
  .join('')}
`;

function faultsIn(text: string): string {
  try {
    parse(text);
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    return error.issues.map(({ where, message, hint }) => `${where} ${message} ${hint}`).join('\n');
  }
  throw new Error('no fault was found');
}

const evidenceOf = (text: string, hosts?: readonly string[]) => parse(text, hosts).policies[0]?.evidence;

describe('`evidence` of an ImagePolicy', () => {
  it('names repositories by host and name, with a prefix of the tags where there is one', () => {
    const text = imagePolicy(`
    repositories:
      - registry.example.com/acme/signatures
      - { repository: "registry.internal:5000/sigs", tagPrefix: ci- }`);
    expect(evidenceOf(text)).toEqual([
      { host: 'registry.example.com', repository: 'acme/signatures' },
      { host: 'registry.internal:5000', repository: 'sigs', tagPrefix: 'ci-' },
    ]);
  });

  it("calls Docker Hub by the name its images have, whichever of the registry's names is written", () => {
    const text = imagePolicy('{ repositories: [docker.io/acme/a, index.docker.io/acme/b] }');
    expect(evidenceOf(text)?.map(({ host }) => host)).toEqual(['docker.io', 'docker.io']);
  });

  it('changes what a policy means, and is nothing where it is not written', () => {
    const without = imagePolicy('{ repositories: [registry.example.com/a] }').replace(/ {2}evidence.*\n/, '');
    expect(parse(without).policies[0]).not.toHaveProperty('evidence');
    const revisions = ['a', 'b'].map((name) => imagePolicy(`{ repositories: [registry.example.com/${name}] }`));
    expect(new Set([without, ...revisions].map((text) => parse(text).revision)).size).toBe(3);
  });

  it.each([
    ['a tag', 'registry.example.com/acme/sigs:v1', 'expected a repository with its host'],
    ['a digest', `registry.example.com/acme/sigs@sha256:${'a'.repeat(64)}`, 'expected a repository with its host'],
    ['a scheme', 'https://registry.example.com/acme/sigs', 'no scheme, no tag, no digest, no pattern'],
    ['no host', 'acme/sigs', 'expected a repository with its host'],
    ['a glob', 'registry.example.com/**', 'expected a repository with its host'],
    ['an unknown host', 'registry.exampel.com/sigs', 'Did you mean "registry.example.com"'],
    [
      'the longer name of a known host',
      'registry.example.com.evil.example/sigs',
      'no configured registry has the host',
    ],
    ['another port', 'registry.example.com:8443/sigs', 'no configured registry has the host'],
  ])('is a fault with its line: %s', (_, repository, words) => {
    const fault = faultsIn(imagePolicy(`{ repositories: ["${repository}"] }`));
    expect(fault).toMatch(/^policy\.yaml:7:\d+ /);
    expect(fault).toContain(words);
  });

  it.each([
    ['an empty list', '{ repositories: [] }', 'expected at least 1'],
    ['an unknown key', '{ repositorys: [] }', 'repositories'],
    [
      'an unknown key of a repository',
      '{ repositories: [{ repository: registry.example.com/a, prefix: x }] }',
      'tagPrefix',
    ],
    [
      'a prefix no tag has',
      '{ repositories: [{ repository: registry.example.com/a, tagPrefix: "-x" }] }',
      'beginning of a tag',
    ],
    [
      'a prefix that leaves no room for the digest',
      `{ repositories: [{ repository: registry.example.com/a, tagPrefix: ${'x'.repeat(54)} }] }`,
      'At most 53',
    ],
    ['more than eight', `{ repositories: [${'registry.example.com/a,'.repeat(9)}] }`, 'at most 8'],
  ])('is a fault: %s', (_, evidence, words) => {
    expect(faultsIn(imagePolicy(evidence))).toContain(words);
  });

  it('is not held against registries where there is no configuration', () => {
    const [policy] = parsePolicyDocuments(
      [{ file: 'policy.yaml', text: imagePolicy('{ repositories: [anywhere.example/sigs] }') }],
      () => KEY.pem,
      { trustNames: [], noMatch: 'alert' },
    ).policies;
    expect(policy?.evidence).toEqual([{ host: 'anywhere.example', repository: 'sigs' }]);
  });
});

describe('`source` of an authority', () => {
  it('is a further repository of evidence, with its prefix', () => {
    const text = clusterPolicy(
      '[{ oci: registry.example.com/sigs }]',
      '[{ oci: "registry.internal:5000/sigs", tagPrefix: x }]',
      '[{ oci: index.docker.io/acme/sigs, tagPrefix: "" }]',
    );
    expect(evidenceOf(text)).toEqual([
      { host: 'registry.example.com', repository: 'sigs' },
      { host: 'registry.internal:5000', repository: 'sigs', tagPrefix: 'x' },
      { host: 'docker.io', repository: 'acme/sigs' },
    ]);
  });

  it.each([
    [
      'Secrets',
      '[{ oci: registry.example.com/s, signaturePullSecrets: [{ name: x }] }]',
      /`signaturePullSecrets` .* not supported.*credentials/,
    ],
    ['no repository', '[{ tagPrefix: x }]', /a source without `oci` is not supported/],
    ['no repository at all', '[{ oci: "Not A Name" }]', /expected a repository/],
    ['another registry', '[{ oci: evil.example/s }]', /no configured registry has the host "evil.example"/],
  ])('is a fault with its line: %s', (_, source, words) => {
    const fault = faultsIn(clusterPolicy(source));
    expect(fault).toMatch(words);
    expect(fault).toMatch(/^policy\.yaml:\d+:\d+ /);
  });
});

describe('the repositories that policies name', () => {
  const { policies } = parse(
    [
      imagePolicy('{ repositories: [registry.example.com/a, { repository: registry.example.com/a, tagPrefix: x }] }'),
      imagePolicy('{ repositories: [docker.io/acme/b, registry.example.com/a] }', 'second'),
    ].join('---\n'),
  );

  it('are listed once each, with all their prefixes', () => {
    expect(listEvidenceRepositories(policies)).toEqual([
      { host: 'registry.example.com', repository: 'a', name: 'registry.example.com/a', tagPrefixes: ['', 'x'] },
      { host: 'docker.io', repository: 'acme/b', name: 'docker.io/acme/b', tagPrefixes: [''] },
    ]);
  });

  it('are those and no others', () => {
    expect(namesEvidenceRepository(policies, 'registry.example.com/a')).toBe(true);
    expect(namesEvidenceRepository(policies, 'registry.example.com/ab')).toBe(false);
  });
});
