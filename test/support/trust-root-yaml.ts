import type { SigstoreWorld } from './sigstore-world.ts';

/** A world as policy-controller's `TrustRoot`, by the parts asked for. */
export function trustRootYaml(
  world: SigstoreWorld,
  name = 'acme',
  parts: readonly ('ca' | 'ct' | 'log' | 'tsa')[] = ['ca', 'ct', 'log', 'tsa'],
): string {
  const { authority, ctLog, rekor, tsa } = world.parts;
  const subject = { organization: 'world.test', commonName: 'test' };
  const log = (spki: Buffer, baseURL: string): object => ({
    baseURL,
    hashAlgorithm: 'sha-256',
    publicKey: base64Pem('PUBLIC KEY', [spki]),
  });
  const issuer = (chain: readonly Buffer[], uri: string): object => ({
    subject,
    uri,
    certChain: base64Pem('CERTIFICATE', chain),
  });
  const sigstoreKeys = {
    ...(parts.includes('ca') && { certificateAuthorities: [issuer(authority.chain, 'https://fulcio.world.test')] }),
    ...(parts.includes('ct') && { ctLogs: [log(ctLog.key.spki, 'https://ctlog.world.test')] }),
    ...(parts.includes('log') && { tLogs: [log(rekor.key.spki, rekor.baseUrl)] }),
    ...(parts.includes('tsa') && { timestampAuthorities: [issuer(tsa.chain, 'https://tsa.world.test')] }),
  };
  return JSON.stringify({
    apiVersion: 'policy.sigstore.dev/v1alpha1',
    kind: 'TrustRoot',
    metadata: { name },
    spec: { sigstoreKeys },
  });
}

function base64Pem(label: string, ders: readonly Buffer[]): string {
  const blocks = ders.map((der) => {
    const lines = (der.toString('base64').match(/.{1,64}/g) ?? []).join('\n');
    return `-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----\n`;
  });
  return Buffer.from(blocks.join('')).toString('base64');
}
