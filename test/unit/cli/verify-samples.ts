import type { VerifyReport } from '../../../src/cli/verify/verify-report.ts';
import { type Digest, digestOf } from '../../../src/domain/digest.ts';
import { FaultError } from '../../../src/domain/errors.ts';
import type { Finding, VerifiedContent, VerifiedSigner } from '../../../src/domain/finding.ts';
import type { ImagePolicy, PolicyKey } from '../../../src/domain/policy.ts';
import { couldNotTell } from '../../../src/pipeline/could-not-tell.ts';
import { judge } from '../../../src/policy/judge.ts';

const NOW = new Date('2026-11-24T09:00:00Z');
const ISSUER = 'https://token.actions.githubusercontent.com';
const RELEASE = 'https://github.com/acme/app/.github/workflows/release.yml@refs/tags/v1.4.2';
const SOURCE = 'https://github.com/acme/app';
const BUILDER = 'https://github.com/actions/runner/github-hosted';

export const IMAGE: Digest = digestOf(Buffer.from('image'));
const REPOSITORY = 'registry.example.com/acme/app';

const key = (name: string): PolicyKey => ({ keyId: digestOf(Buffer.from(name)).slice(7), pem: '', name });
const alice = key('keys/alice.pub');
const bob = key('keys/bob.pub');

/** A policy that asks for provenance by the release workflow and a signature by two people. */
export const POLICY: ImagePolicy = {
  name: 'acme-apps',
  file: 'acme.yaml',
  images: [`${REPOSITORY.slice(0, -3)}**`],
  graceMs: 900_000,
  onFailure: 'quarantine',
  platforms: 'index',
  require: [
    {
      kind: 'provenance',
      name: 'built by our release workflow',
      of: [
        {
          kind: 'identity',
          trust: 'sigstore',
          issuer: { kind: 'exact', text: ISSUER },
          subject: { kind: 'pattern', pattern: `${SOURCE}/.github/workflows/release.yml@refs/tags/v.*` },
        },
      ],
      atLeast: 1,
      source: { repository: SOURCE, ref: 'refs/tags/v*' },
      builder: BUILDER,
    },
    {
      kind: 'signature',
      name: 'approved by two',
      of: [
        { kind: 'key', key: alice },
        { kind: 'key', key: bob },
      ],
      atLeast: 2,
    },
  ],
};

const evidence = (name: string) => ({ digest: digestOf(Buffer.from(name)), place: 'referrer' as const });

/** Who a workflow's certificate names. */
export function workflow(subject = RELEASE, issuer = ISSUER): VerifiedSigner {
  return {
    kind: 'certificate',
    trust: 'sigstore',
    issuer,
    identities: [{ kind: 'uri', value: subject }],
    claims: { issuer, sourceRepositoryUri: SOURCE, sourceRepositoryRef: 'refs/tags/v1.4.2' },
  };
}

function verified(name: string, content: VerifiedContent): Finding {
  const predicateType = content.statement?.predicateType;
  const claim =
    predicateType === undefined ? ({ kind: 'signature' } as const) : ({ kind: 'attestation', predicateType } as const);
  const material = content.signer.kind === 'key' ? `key:${content.signer.keyId}` : `trust:${content.signer.trust}`;
  return { evidence: evidence(name), claim, material, code: 'VERIFIED', message: 'It verified.', verified: content };
}

export function provenance(signer = workflow(), repository = SOURCE, name = 'provenance'): Finding {
  const predicate = {
    buildDefinition: {
      buildType: 'https://actions.github.io/buildtypes/workflow/v1',
      externalParameters: {
        workflow: { ref: 'refs/tags/v1.4.2', repository, path: '.github/workflows/release.yml' },
      },
      resolvedDependencies: [{ uri: `git+${repository}@refs/tags/v1.4.2`, digest: { gitCommit: 'a'.repeat(40) } }],
    },
    runDetails: { builder: { id: BUILDER } },
  };
  const statement = { predicateType: 'https://slsa.dev/provenance/v1', predicate };
  return verified(name, { signer, signedAt: [NOW.toISOString()], statement });
}

export function signature(by: 'alice' | 'bob'): Finding {
  const signer = { kind: 'key', keyId: (by === 'alice' ? alice : bob).keyId } as const;
  return verified(`signature of ${by}`, { signer, signedAt: [] });
}

/** Evidence that did not verify. */
export function broken(code: Finding['code'], message: string): Finding {
  return { evidence: evidence(code), claim: { kind: 'unknown' }, material: 'trust:sigstore', code, message };
}

/** What the command reports on these findings. */
export function reportOn(
  findings: readonly Finding[],
  options: { readonly policies?: readonly ImagePolicy[]; readonly cutShort?: string; readonly tag?: string } = {},
): VerifyReport {
  const { policies = [POLICY], cutShort, tag = ':v1.4.2' } = options;
  const verdict = judge({
    policies,
    noMatch: 'alert',
    image: REPOSITORY,
    digest: IMAGE,
    findings,
    ...(cutShort !== undefined && { cutShort }),
    now: NOW,
  });
  return { image: `${REPOSITORY}${tag}@${IMAGE}`, digest: IMAGE, verdict, checkedAt: NOW };
}

/** What it reports when the registry did not answer. */
export function reportOnFault(): VerifyReport {
  const fault = new FaultError('REGISTRY_TIMEOUT', 'registry.example.com did not answer in 20 s', {
    retryable: true,
    hint: 'Try again later.',
  });
  return { image: `${REPOSITORY}:v1.4.2`, digest: null, verdict: couldNotTell(fault, [POLICY]), checkedAt: NOW };
}
