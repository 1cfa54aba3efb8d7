import { describe, expect, it } from 'vitest';
import { InvalidInputError } from '../../../../src/kit/errors.ts';
import { checkPolicyRoots } from '../../../../src/pipeline/judge/check-policy-roots.ts';
import { parsePolicyDocuments } from '../../../../src/policy/read/parse-policy-documents.ts';
import { toPem } from '../../../support/sigstore/evidence-forms.ts';
import { createTimestampAuthority } from '../../../support/sigstore/timestamp-authority.ts';
import { createKeyPair, createSigstoreWorld } from '../../../support/sigstore-world.ts';

const { parts } = createSigstoreWorld();
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const authority = (chain: readonly Buffer[]): string =>
  `[{ subject: { organization: a, commonName: b }, uri: "https://a.test", certChain: ${base64(chain.map(toPem).join(''))} }]`;
const log = (pem: string): string =>
  `[{ baseURL: "https://log.test", hashAlgorithm: sha-256, publicKey: ${base64(pem)} }]`;

async function faultsOf(certificates: readonly Buffer[], timestamps: readonly Buffer[]): Promise<readonly string[]> {
  const text = `
apiVersion: policy.sigstore.dev/v1alpha1
kind: TrustRoot
metadata: { name: acme }
spec:
  sigstoreKeys:
    certificateAuthorities: ${authority(certificates)}
    timestampAuthorities: ${authority(timestamps)}
    ctLogs: ${log(parts.ctLog.key.pem)}
    tLogs: ${log(parts.rekor.key.pem)}
---
apiVersion: policy.sigstore.dev/v1beta1
kind: ClusterImagePolicy
metadata: { name: p }
spec:
  images: [{ glob: "**" }]
  authorities:
    - keyless: { trustRootRef: acme, identities: [{ issuer: "https://i", subject: s }] }
      ctlog: { url: "https://log.test", trustRootRef: acme }
    - key: { data: ${JSON.stringify(createKeyPair().pem)} }
      rfc3161timestamp: { trustRootRef: acme }
`;
  const policies = parsePolicyDocuments([{ file: 'p.yaml', text }], () => '', { trustNames: [], noMatch: 'alert' });
  try {
    await checkPolicyRoots(policies);
    return [];
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    return error.issues.map(({ where, message }) => `${where}: ${message}`);
  }
}

describe('a TrustRoot among the policies', () => {
  it('is in order when verification can use it', async () => {
    expect(await faultsOf(parts.authority.chain, parts.tsa.chain)).toEqual([]);
  });

  it('is a fault when it is of no use, before the first image shows that', async () => {
    const forServers = createTimestampAuthority(parts.since, new Date('2040-01-01T00:00:00Z'), '1.3.6.1.5.5.7.3.1');
    const [intermediate] = parts.authority.chain;
    const faults = await faultsOf([intermediate ?? Buffer.alloc(0)], forServers.chain);
    expect(faults).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^p\.yaml: the trust root "TrustRoot\/.*certificateAuthorities\[0\].*self-signed root/),
        expect.stringMatching(/^p\.yaml: the trust root "TrustRoot\/.*timestampAuthorities\[0\].*time stamping/),
      ]),
    );
  });
});
