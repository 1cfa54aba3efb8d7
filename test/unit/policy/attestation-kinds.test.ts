import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { digestOf } from '../../../src/domain/digest.ts';
import type { JsonObject } from '../../../src/kit/json.ts';
import { compileCondition } from '../../../src/policy/conditions/compile-condition.ts';
import { parsePolicyDocuments } from '../../../src/policy/read/parse-policy-documents.ts';
import { JUDGED, judgeReal } from '../../support/judge-evidence.ts';
import { createKeyPair, createSigstoreWorld } from '../../support/sigstore-world.ts';

const NOW = new Date('2026-11-24T12:00:00Z');
const DAY_MS = 86_400_000;
const world = createSigstoreWorld({ now: () => NOW });
const KEY = createKeyPair();
const { digest } = JUDGED;

/** The examples of docs/policies.md: what to ask for, of which type, with which condition. */
const EXAMPLES = new Map(
  [...readFileSync('docs/policies.md', 'utf8').matchAll(/^\| (an? [^|]+) \| `([^`]+)`[^|]* \| `(.+)` \|$/gm)].map(
    ([, what = '', type = '', where = '']) => [what, { type, where }],
  ),
);

/** The code for an image with this attestation, by the example, so long after it was signed. */
function codeOf(what: string, predicate: JsonObject, more: { readonly maxAge?: string; readonly days?: number } = {}) {
  const { days = 0, ...asked } = more;
  const { type, where } = EXAMPLES.get(what) ?? { type: '', where: '' };
  const attestation = { type, signer: { key: 'scanner.pub' }, where, ...asked };
  const text = JSON.stringify({
    apiVersion: 'lazaret.dev/v1',
    kind: 'ImagePolicy',
    metadata: { name: 'attested' },
    spec: { images: ['**'], require: [{ name: what, attestation }] },
  });
  const { policies } = parsePolicyDocuments([{ file: 'p.yaml', text }], () => KEY.pem, {
    trustNames: ['sigstore'],
    noMatch: 'alert',
  });
  const bytes = world.attest({
    digest,
    identity: { kind: 'key', key: KEY },
    log: 'rekor1',
    predicateType: type,
    predicate,
  });
  const item = { kind: 'bundle', digest: digestOf(bytes), place: 'referrer', bytes } as const;
  return judgeReal(world, policies, [item], new Date(NOW.getTime() + days * DAY_MS)).code;
}

describe('the attestations that docs/policies.md shows how to ask for', () => {
  it('are three kinds, with conditions that can be asked', () => {
    expect([...EXAMPLES.keys()]).toEqual(['an SBOM', 'a vulnerability report', 'a verification summary']);
    for (const { where } of EXAMPLES.values()) expect(compileCondition(where)).toMatchObject({ ok: true });
  });

  it('an SBOM counts if it lists something', () => {
    const bom = { bomFormat: 'CycloneDX', specVersion: '1.6' };
    expect(codeOf('an SBOM', { ...bom, components: [{ type: 'library', name: 'zlib' }] })).toBe('SATISFIED');
    expect(codeOf('an SBOM', { ...bom, components: [] })).toBe('CONDITION_FALSE');
    expect(codeOf('an SBOM', bom)).toBe('CONDITION_UNDECIDED');
  });

  describe('a vulnerability report', () => {
    const report = (scanFinishedOn: string, uri = 'pkg:github/aquasecurity/trivy'): JsonObject => ({
      invocation: {},
      scanner: { uri, version: '0.58.0', db: { version: '2' }, result: {} },
      metadata: { scanStartedOn: scanFinishedOn, scanFinishedOn },
    });
    const fresh = report('2026-11-23T12:00:00Z');

    it('counts by its scanner, and if the scan is young enough', () => {
      expect(codeOf('a vulnerability report', fresh)).toBe('SATISFIED');
      expect(codeOf('a vulnerability report', report('2026-11-17T12:00:01Z'))).toBe('SATISFIED');
      expect(codeOf('a vulnerability report', report('2026-11-17T12:00:00Z'))).toBe('CONDITION_FALSE');
      expect(codeOf('a vulnerability report', report('2026-11-23T12:00:00Z', 'pkg:github/evil/scanner'))).toBe(
        'CONDITION_FALSE',
      );
    });

    it('grows old', () => {
      expect(codeOf('a vulnerability report', fresh, { days: 5 })).toBe('SATISFIED');
      expect(codeOf('a vulnerability report', fresh, { days: 7 })).toBe('CONDITION_FALSE');
      expect(codeOf('a vulnerability report', fresh, { maxAge: '7d' })).toBe('SATISFIED');
      expect(codeOf('a vulnerability report', fresh, { maxAge: '4d', days: 5 })).toBe('EVIDENCE_TOO_OLD');
    });

    it('is not made young by a new signature over an old scan', () => {
      expect(codeOf('a vulnerability report', report('2026-01-01T00:00:00Z'), { maxAge: '7d' })).toBe(
        'CONDITION_FALSE',
      );
    });
  });

  describe('a verification summary', () => {
    const summary = (more: JsonObject = {}): JsonObject => ({
      verifier: { id: 'https://acme.example/verifier' },
      timeVerified: '2026-11-24T11:00:00Z',
      resourceUri: 'oci://registry.test/acme/app',
      policy: { uri: 'https://acme.example/policy' },
      verificationResult: 'PASSED',
      verifiedLevels: ['SLSA_BUILD_LEVEL_3', 'SLSA_SOURCE_LEVEL_2'],
      ...more,
    });

    it('counts by verifier, result and level', () => {
      expect(codeOf('a verification summary', summary())).toBe('SATISFIED');
    });

    it.each([
      ['another verifier', { verifier: { id: 'https://acme.example/verifier2' } }],
      ['a failure', { verificationResult: 'FAILED' }],
      ['a lower level', { verifiedLevels: ['SLSA_BUILD_LEVEL_2'] }],
      ['a level of another track', { verifiedLevels: ['SLSA_SOURCE_LEVEL_3'] }],
      ['no level', { verifiedLevels: [] }],
    ])('does not count with %s', (_, more) => {
      expect(codeOf('a verification summary', summary(more))).toBe('CONDITION_FALSE');
    });

    it('does not count without a verifier, or with levels that are no list', () => {
      expect(codeOf('a verification summary', summary({ verifier: {} }))).toBe('CONDITION_UNDECIDED');
      expect(codeOf('a verification summary', summary({ verifiedLevels: 'SLSA_BUILD_LEVEL_3' }))).toBe(
        'CONDITION_UNDECIDED',
      );
    });
  });
});
