import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { PolicySet } from '../../../../src/domain/policy.ts';
import { InvalidInputError } from '../../../../src/kit/errors.ts';
import { matchPolicies } from '../../../../src/policy/judge/match-policies.ts';
import { type PolicyFile, parsePolicyDocuments } from '../../../../src/policy/read/parse-policy-documents.ts';

const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const PEM = publicKey.export({ type: 'spki', format: 'pem' }).toString();
const PRIVATE = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const SMALL_RSA = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey;
const pemOf = (key: KeyObject): string => key.export({ type: 'spki', format: 'pem' }).toString();
const KEYS: Readonly<Record<string, string>> = {
  'keys/alice.pub': PEM,
  'keys/private.pem': PRIVATE,
  'keys/two.pub': PEM + PEM,
  'keys/small.pub': SMALL_RSA.export({ type: 'spki', format: 'pem' }).toString(),
  'keys/ed25519.pub': pemOf(generateKeyPairSync('ed25519').publicKey),
  'keys/ed448.pub': pemOf(generateKeyPairSync('ed448').publicKey),
  'keys/bitcoin.pub': pemOf(generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey),
  'keys/broken.pub': '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n',
  'keys/certificate.pem': '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n',
};

function parseFiles(files: readonly PolicyFile[]): PolicySet {
  const readKey = (path: string): string => {
    const pem = KEYS[path];
    if (pem === undefined) throw new InvalidInputError('CONFIG_NOT_FOUND', 'there is no such file');
    return pem;
  };
  return parsePolicyDocuments(files, readKey, { trustNames: ['sigstore', 'acme'], noMatch: 'alert' });
}

const parse = (text: string): PolicySet => parseFiles([{ file: 'acme.yaml', text }]);

function document(require: string, spec = ''): string {
  return `apiVersion: lazaret.dev/v1
kind: ImagePolicy
metadata: { name: acme-apps }
spec:
  images: ["registry.example.com/acme/**"]
${spec}
  require:
    - name: it
${require.replace(/^/gm, '      ')}
`;
}

function faultsIn(text: string | readonly PolicyFile[]): readonly string[] {
  try {
    parseFiles(typeof text === 'string' ? [{ file: 'acme.yaml', text }] : text);
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    expect(error.code).toBe('POLICY_INVALID');
    return error.issues.map(({ where, message, hint }) => `${where} ${message} (${hint ?? ''})`);
  }
  return [];
}

const ID = 'signer: { issuer: "https://i.example", subject: "s" }';

describe('a policy document', () => {
  it('is read with its defaults', () => {
    const [policy] = parse(document(`signature: { ${ID} }`)).policies;
    expect(policy).toMatchObject({
      name: 'acme-apps',
      file: 'acme.yaml',
      graceMs: 900_000,
      onFailure: 'quarantine',
      platforms: 'index',
    });
    expect(policy?.require).toEqual([
      {
        kind: 'signature',
        name: 'it',
        atLeast: 1,
        of: [
          {
            kind: 'identity',
            trust: 'sigstore',
            issuer: { kind: 'exact', text: 'https://i.example' },
            subject: { kind: 'exact', text: 's' },
          },
        ],
      },
    ]);
  });

  it('is read with all it may hold', () => {
    const [policy] = parse(`apiVersion: lazaret.dev/v1
kind: ImagePolicy
metadata: { name: full }
spec:
  images: ["registry.example.com/acme/**"]
  grace: 1h
  onFailure: alert
  platforms: each
  require:
    - name: built
      provenance:
        signer:
          trust: acme
          issuer: https://token.actions.githubusercontent.com
          subject: { pattern: "https://github.com/acme/.*" }
          claims: { runnerEnvironment: github-hosted }
        source: { repository: github.com/acme/app, versionedTag: v1 }
        builder: https://github.com/actions/runner/github-hosted
        buildType: https://actions.github.io/buildtypes/workflow/v1
        trigger: workflow_dispatch
        inputs: { environment: prod }
        maxAge: 90d
    - name: approved
      signature: { atLeast: 1, of: [{ key: keys/alice.pub, hash: sha256 }, { issuer: i, subject: s }] }
    - name: sbom
      attestation: { type: https://cyclonedx.org/bom, signer: { key: keys/alice.pub }, where: "predicate.a == 1" }
`).policies;
    expect(policy?.require[0]).toMatchObject({
      kind: 'provenance',
      source: { repository: 'https://github.com/acme/app', versionedTag: 'v1' },
      trigger: 'workflow_dispatch',
      inputs: { environment: 'prod' },
      maxAgeMs: 90 * 86_400_000,
      of: [{ trust: 'acme', claims: { runnerEnvironment: { kind: 'exact', text: 'github-hosted' } } }],
    });
    expect(policy?.require[1]?.of[0]).toMatchObject({ kind: 'key', key: { name: 'keys/alice.pub', hash: 'sha256' } });
    expect(policy?.require[2]).toMatchObject({
      predicateTypes: ['https://cyclonedx.org/bom'],
      where: 'predicate.a == 1',
    });
  });

  const asked = (spec: string, more = '') => `apiVersion: lazaret.dev/v1
kind: ImagePolicy
metadata: { name: p }
spec:
  images: ["registry.example.com/acme/**"]
  ${spec}
  require: [{ name: signed, ${more} signature: { signer: { key: keys/alice.pub } } }]
`;

  it.each([
    ['artifacts: all', 'all'],
    ['artifacts: images', ['images']],
    ['artifacts: application/vnd.cncf.helm.config.v1+json', ['application/vnd.cncf.helm.config.v1+json']],
    ['artifacts: [images, application/x-chart]', ['images', 'application/x-chart']],
  ])('covers what it says: %s', (spec, artifacts) => {
    expect(parse(asked(spec)).policies[0]).toMatchObject({ artifacts });
    expect(parse(asked('')).policies[0]).not.toHaveProperty('artifacts');
  });

  it.each(['artifacts: [all, images]', 'artifacts: charts', 'artifacts: []', 'artifacts: 5'])(
    'is refused with an unknown kind of thing: %s',
    (spec) => {
      expect(() => parse(asked(spec))).toThrow(InvalidInputError);
    },
  );

  it('has a level of its own for a requirement', () => {
    expect(parse(asked('', 'platforms: any-level,')).policies[0]).toMatchObject({
      platforms: 'index',
      require: [{ platforms: 'any-level' }],
    });
    expect(() => parse(asked('platforms: all'))).toThrow(InvalidInputError);
  });

  it.each([
    'github.com/acme/app',
    'https://github.com/acme/app/',
    'git+https://me@github.com/acme/app.git',
    'git+ssh://git@github.com/acme/app.git',
    'git@github.com:acme/app.git',
  ])('takes a source in every form of its repository: %s', (repository) => {
    const set = parse(document(`provenance: { ${ID}, source: { repository: "${repository}" } }`));
    expect(set.policies[0]?.require[0]).toMatchObject({ source: { repository: 'https://github.com/acme/app' } });
  });

  it.each(['^https://github.com/acme/app$', 'https://github.com/acme/*'])(
    'takes a plain text that looks like a pattern as it is: %s',
    (repository) => {
      const set = parse(document(`provenance: { ${ID}, source: { repository: "${repository}" } }`));
      expect(set.policies[0]?.require[0]).toMatchObject({ source: { repository } });
    },
  );

  it('takes a pattern for a source, with a key as with an identity', () => {
    const pattern = 'https://github\\.com/acme/[^/]+';
    const set = parse(document(`provenance: { ${ID}, source: { repository: { pattern: '${pattern}' } } }`));
    expect(set.policies[0]?.require[0]).toMatchObject({ source: { repository: { kind: 'pattern', pattern } } });
  });

  it.each(['git\\+https://github\\.com/a/.*', 'https://github\\.com/a/.*\\.git', 'https://github\\.com/a/b/'])(
    'refuses a pattern over a form in which no source is compared: %s',
    (pattern) => {
      const text = document(`provenance: { ${ID}, source: { repository: { pattern: '${pattern}' } } }`);
      expect(faultsIn(text).join('\n')).toMatch(/this pattern could never match/);
    },
  );

  it('covers the images its globs match, and a policy that matches nothing covers none', () => {
    const set = parse(document(`signature: { ${ID} }`));
    expect(matchPolicies(set, 'registry.example.com/acme/app')).toHaveLength(1);
    expect(matchPolicies(set, 'registry.example.com/acme/team/app')).toHaveLength(1);
    expect(matchPolicies(set, 'registry.example.com/other/app')).toHaveLength(0);
    expect(matchPolicies(set, 'registry.example.com.evil/acme/app')).toHaveLength(0);
    expect(matchPolicies(set, 'evil/registry.example.com/acme/app')).toHaveLength(0);
  });
});

describe('the revision of policies', () => {
  const revision = (text: string): string => parse(text).revision;
  const text = document(`signature: { ${ID} }`);

  it('is the same for the same meaning: comments, order of keys and file names do not count', () => {
    const other = `# a comment\n${text.replace('{ issuer: "https://i.example", subject: "s" }', '{ subject: s, issuer: https://i.example }')}`;
    expect(revision(other)).toBe(revision(text));
    expect(parseFiles([{ file: 'b.yaml', text }]).revision).toBe(revision(text));
  });

  it('is another for another meaning', () => {
    const others = [
      text.replace('subject: "s"', 'subject: "t"'),
      text.replace('acme/**', 'acme/*'),
      document(`signature: { ${ID}, maxAge: 1d }`),
      document(`signature: { ${ID} }`, '  grace: 1m'),
    ];
    expect(new Set([text, ...others].map(revision)).size).toBe(others.length + 1);
  });
});

describe('every fault of policy files', () => {
  it.each([
    [
      'an unknown key, with the nearest right one',
      document(`signature: { ${ID}, atleast: 1 }`),
      /acme.yaml:9:\d+ unknown key "atleast".*Did you mean "atLeast"/,
    ],
    ['a key in the wrong place', document(`signature: { ${ID} }`, '  trust: x'), /unknown key "trust" in spec/],
    [
      'W2, E10: a mistyped subject',
      document('signature: { signer: { issuer: i, subjectRegexp: s } }'),
      /unknown key "subjectRegexp"/,
    ],
    ['W2: no subject', document('signature: { signer: { issuer: i } }'), /missing key "subject": without it anyone/],
    ['W2: no issuer', document('signature: { signer: { subject: s } }'), /missing key "issuer"/],
    ['W2: nobody at all', document('signature: {}'), /nobody is named who must have signed/],
    [
      'W2: an empty subject',
      document('signature: { signer: { issuer: i, subject: "" } }'),
      /expected text, got nothing/,
    ],
    ['W2: an empty list', document('signature: { of: [] }'), /at least 1 in the list/],
    [
      'a requirement by the name of another',
      document(`signature: { ${ID} }`).replace(
        /require:.*/s,
        `require: [{ name: a, signature: { ${ID} } }, 5, { name: a, provenance: { ${ID} } }]`,
      ),
      /^acme.yaml:7:\d+ "a" is the name of require\[0\] too \(Give each its own name\.\)$/m,
    ],
    [
      'an example at a time that is none',
      `${document(`signature: { ${ID} }`)}examples: [{ name: e, image: "registry.example.com/acme/app@sha256:${'0'.repeat(64)}", at: tomorrow, expect: pass }]`,
      /expected a time such as 2026-11-20T12:00:00Z/,
    ],
    [
      'an example on a day that no month has',
      `${document(`signature: { ${ID} }`)}examples: [{ name: e, image: "registry.example.com/acme/app@sha256:${'0'.repeat(64)}", at: "2026-13-45", expect: pass }]`,
      /expected a time such as 2026-11-20T12:00:00Z/,
    ],
    [
      'examples that are text',
      `${document(`signature: { ${ID} }`)}examples: [all]`,
      /examples\[0\]: expected an object/,
    ],
    ['both signer and of', document(`signature: { ${ID}, of: [{ issuer: i, subject: s }] }`), /exclude each other/],
    [
      'a threshold out of reach',
      document(`signature: { ${ID}, atLeast: 2 }`),
      /atLeast is 2, but only 1 signer is named/,
    ],
    [
      'a signer listed twice',
      document('signature: { of: [{ issuer: i, subject: s }, { subject: s, issuer: i }] }'),
      /of\[1\] is the same signer as of\[0\]/,
    ],
    [
      'a pattern that is none',
      document('signature: { signer: { issuer: i, subject: { pattern: "(" } } }'),
      /expected a regular expression: missing closing/,
    ],
    [
      'C2: a pattern with look-ahead',
      document('signature: { signer: { issuer: i, subject: { pattern: "a(?=b)" } } }'),
      /expected a regular expression/,
    ],
    [
      'C2: a pattern with a back-reference',
      document('signature: { signer: { issuer: i, subject: { pattern: "(a)\\\\1" } } }'),
      /expected a regular expression/,
    ],
    [
      'an unknown trust root',
      document('signature: { signer: { trust: acm, issuer: i, subject: s } }'),
      /unknown trust root "acm".*Did you mean "acme"/,
    ],
    ['a bad glob', document(`signature: { ${ID} }`).replace('acme/**', 'acme/{a,b}'), /expected a glob with only/],
    ['a bad duration', document(`signature: { ${ID} }`, '  grace: soon'), /expected a duration/],
    ['a bad choice', document(`signature: { ${ID} }`, '  onFailure: quarantaine'), /Did you mean "quarantine"/],
    ['no kind of proof', document('{}').replace('      {}', ''), /nothing is asked for/],
    [
      'two kinds of proof',
      document(`signature: { ${ID} }\nprovenance: { ${ID} }`),
      /more than one kind of proof: signature, provenance/,
    ],
    [
      'a predicate type by its nickname',
      document(`attestation: { ${ID}, type: cyclonedx }`),
      /Did you mean https:\/\/cyclonedx.org\/bom/,
    ],
    ['no predicate type', document(`attestation: { ${ID} }`), /missing key "type"/],
    [
      'a condition that is none',
      document(`attestation: { ${ID}, type: "https://x.example", where: "a +" }`),
      /expected a CEL expression/,
    ],
    [
      'a condition with a duration in days',
      document(
        `attestation: { ${ID}, type: "https://x.example", where: "predicate.list.all(x, now - x < duration('7d'))" }`,
      ),
      /duration\("7d"\): expected hours, minutes or seconds, such as "168h"/,
    ],
    [
      'a condition with a time that is none',
      document(`attestation: { ${ID}, type: "https://x.example", where: "now > timestamp('2026-11-20')" }`),
      /timestamp\("2026-11-20"\): expected a time such as/,
    ],
    [
      'a condition with a typo',
      document(`attestation: { ${ID}, type: "https://x.example", where: "predicat.a" }`),
      /did you mean `predicate`/,
    ],
    [
      'a source with a ref in it',
      document(`provenance: { ${ID}, source: { repository: "https://github.com/a/b@main" } }`),
      /A branch or tag goes into `ref`/,
    ],
    [
      'a source that could be read in two ways',
      document(`provenance: { ${ID}, source: { repository: "https://github.com/a/../b" } }`),
      /expected the URL of a repository such as/,
    ],
    [
      'two kinds of ref',
      document(`provenance: { ${ID}, source: { repository: github.com/a/b, tag: v1, branch: main } }`),
      /more than one of ref, branch, tag/,
    ],
    [
      'a tag that is a ref',
      document(`provenance: { ${ID}, source: { repository: github.com/a/b, tag: refs/tags/v1 } }`),
      /without refs\//,
    ],
    [
      'a version that is none',
      document(`provenance: { ${ID}, source: { repository: github.com/a/b, versionedTag: "1" } }`),
      /a version such as v1/,
    ],
    [
      'an unknown claim',
      document('signature: { signer: { issuer: i, subject: s, claims: { runnerEnviroment: x } } }'),
      /Did you mean "runnerEnvironment"/,
    ],
    [
      'an input that is no text',
      document(`provenance: { ${ID}, inputs: { debug: true } }`),
      /expected text, got true or false/,
    ],
    [
      'a missing key file',
      document('signature: { signer: { key: keys/bob.pub } }'),
      /cannot use the key keys\/bob.pub: there is no such file/,
    ],
    ['a private key', document('signature: { signer: { key: keys/private.pem } }'), /it holds a private key/],
    ['two keys in one file', document('signature: { signer: { key: keys/two.pub } }'), /it holds 2 public keys/],
    ['a weak key', document('signature: { signer: { key: keys/small.pub } }'), /it has 1024 bits/],
    ['a broken key', document('signature: { signer: { key: keys/broken.pub } }'), /its PEM cannot be decoded/],
    [
      'a certificate as key',
      document('signature: { signer: { key: keys/certificate.pem } }'),
      /it holds a certificate/,
    ],
    [
      'a key with an issuer',
      document('signature: { signer: { key: keys/alice.pub, issuer: i } }'),
      /`issuer` does not go with `key`/,
    ],
    [
      'a padding for a key that has none',
      document('signature: { signer: { key: keys/alice.pub, padding: pss } }'),
      /`padding` is for RSA keys only/,
    ],
    [
      'a key of a kind that nobody here verifies with',
      document('signature: { signer: { key: keys/ed448.pub } }'),
      /its kind \(ed448\) is not supported.*Use ECDSA/,
    ],
    [
      'a key on another curve',
      document('signature: { signer: { key: keys/bitcoin.pub } }'),
      /its curve \(secp256k1\) is not supported.*Use P-256/,
    ],
    [
      'an encoding for a key that has but one',
      document('signature: { signer: { key: keys/ed25519.pub, encoding: der } }'),
      /`encoding` is for ECDSA keys only/,
    ],
    [
      'a hash for a key with its own',
      document('signature: { signer: { key: keys/ed25519.pub, hash: sha256 } }'),
      /`hash` is not for Ed25519 keys/,
    ],
    [
      'a tag that is a glob',
      document(`provenance: { ${ID}, source: { repository: github.com/a/b, tag: "v*" } }`),
      /expected one name, without \* and \?/,
    ],
    [
      'an empty pattern',
      document('signature: { signer: { issuer: i, subject: { pattern: "" } } }'),
      /expected a regular expression: it is empty/,
    ],
    [
      'a pattern longer than any name',
      document(`signature: { signer: { issuer: i, subject: { pattern: "${'a'.repeat(2_049)}" } } }`),
      /longer than 2,048 characters/,
    ],
    ['an empty file', '', /expected a policy, got an empty file/],
    ['a file that is no YAML', 'kind: [', /expected well-formed YAML/],
    ['another kind of document', 'kind: Pod', /got another kind of document/],
    ['a list', '- a', /expected an object \(keys and values\), got a list/],
    ['E10: an alias', `${document(`signature: { ${ID} }`)}x: &a [1]\ny: *a\n`, /no anchor/],
    ['E10: a repeated key', `${document(`signature: { ${ID} }`)}kind: ImagePolicy\n`, /each key once/],
    ['E10: a tag', document(`signature: { ${ID} }`).replace('acme-apps', '!!str acme-apps'), /expected no tag/],
    ['a name with a line break', document(`signature: { ${ID} }`).replace('acme-apps', '"a\\nb"'), /on one line/],
  ])('is told with its place: %s', (_, text, expected) => {
    const faults = faultsIn(text);
    expect(faults.join('\n')).toMatch(expected);
    for (const fault of faults) expect(fault).toMatch(/^acme\.yaml(:\d+:\d+)? /);
  });

  it('is told at once, of every document and file', () => {
    const bad = document('signature: { signer: { issuer: i }, atLeast: 0 }', '  grace: soon');
    const faults = faultsIn([
      { file: 'a.yaml', text: `${bad}---\n${bad}` },
      { file: 'b.yaml', text: 'kind: [' },
    ]);
    expect(faults.filter((fault) => fault.startsWith('a.yaml'))).toHaveLength(6);
    expect(faults.filter((fault) => fault.startsWith('b.yaml'))).toHaveLength(1);
  });

  it('is told in the order of the files and of their lines', () => {
    const bad = document('signature: { signer: { issuer: i }, atLeast: 0 }', '  grace: soon\n  image: x');
    const faults = faultsIn([
      { file: 'b.yaml', text: 'kind: [' },
      { file: 'a.yaml', text: bad },
    ]);
    const lines = faults.map((fault) => /^(\w+)\.yaml:(\d+)/.exec(fault)?.slice(1) ?? []);
    expect(lines.map(([file]) => file)).toEqual(['b', 'a', 'a', 'a', 'a']);
    const inA = lines.slice(1).map(([, line]) => Number(line));
    expect(inA).toEqual(inA.toSorted((one, other) => one - other));
  });

  it.each([
    [
      'a key that stands twice',
      `${document(`signature: { ${ID} }`, '  grase: 1m')}kind: ImagePolicy\n`,
      /each key once/,
    ],
    [
      'a misspelt kind',
      document(`signature: { ${ID} }`, '  grase: 1m').replace('kind: ImagePolicy', 'kind: ImagePolicie'),
      /kind: expected "ImagePolicy", got "ImagePolicie" .*Did you mean "ImagePolicy"/,
    ],
    [
      'an unknown version',
      document(`signature: { ${ID} }`, '  grase: 1m').replace('lazaret.dev/v1', 'lazaret.dev/v2'),
      /apiVersion: expected "lazaret.dev\/v1"/,
    ],
  ])('hides no other: %s', (_, text, expected) => {
    const faults = faultsIn(text);
    expect(faults).toHaveLength(2);
    expect(faults.join('\n')).toMatch(expected);
    expect(faults.join('\n')).toMatch(/unknown key "grase"/);
  });

  it('names a key that is missing, and its only right value', () => {
    const faults = faultsIn(document(`signature: { ${ID} }`).replace('kind: ImagePolicy\n', ''));
    expect(faults).toEqual([expect.stringMatching(/missing key "kind" in the document: expected "ImagePolicy"/)]);
  });

  it('is told for a name used twice, with the place of the other', () => {
    const text = document(`signature: { ${ID} }`);
    const faults = faultsIn([
      { file: 'a.yaml', text },
      { file: 'b.yaml', text },
    ]);
    expect(faults).toEqual([
      expect.stringMatching(/^b.yaml:3:\d+ the name "acme-apps" is taken by the policy at a.yaml:3/),
    ]);
  });

  it('never repeats a value that may be a secret in the wrong place', () => {
    const faults = faultsIn(document(`signature: { ${ID} }`, '  grace: hunter2-canary'));
    expect(faults.join()).not.toContain('hunter2-canary');
  });
});
