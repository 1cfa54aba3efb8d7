import type { X509Certificate } from '@sigstore/core';
import { Refusal } from '../check/refusal.ts';
import { LIMITS } from '../limits.ts';
import { hasPurpose, parseExtensions, TIME_STAMPING } from './certificate-extensions.ts';

export interface ChainProblem {
  readonly message: string;
  readonly hint?: string;
}

/**
 * Checks the chain of an authority in a trust root, leaf or intermediate first. `undefined` if nothing is wrong. Paths
 * end at a self-signed root, so the chain must hold it. A timestamp authority's own certificate must be there and be
 * meant for timestamps. The library checks neither.
 */
export function checkAuthorityChain(
  chain: readonly X509Certificate[],
  isTimestampAuthority: boolean,
): ChainProblem | undefined {
  const [first] = chain;
  if (first === undefined) return { message: 'expected its certificates, got none' };
  if (chain.length > LIMITS.chainLength) {
    return { message: `expected at most ${LIMITS.chainLength} certificates, got ${chain.length}` };
  }
  const problem = chain.map(certificateProblem).find((found) => found !== undefined);
  if (problem !== undefined) return { message: problem };
  if (!chain.some(isSelfSigned)) {
    const hint = 'list the whole chain, from the issuing certificate to the self-signed root';
    return { message: 'expected its self-signed root certificate in the chain, got none', hint };
  }
  if (!isTimestampAuthority) {
    return first.isCA ? undefined : { message: 'expected certificates that may issue others, got one that may not' };
  }
  if (hasPurpose(first, TIME_STAMPING) && !first.isCA) return undefined;
  return {
    message: 'expected the certificate that signs timestamps first in the chain, with the purpose time stamping',
    hint: 'a certificate of another purpose would let its holder set the time of any signature',
  };
}

function isSelfSigned(certificate: X509Certificate): boolean {
  return certificate.subject.equals(certificate.issuer) && certificate.verify();
}

function certificateProblem(certificate: X509Certificate): string | undefined {
  try {
    parseExtensions(certificate);
    return undefined;
  } catch (error) {
    return error instanceof Refusal ? error.message : 'expected certificates, got one that cannot be read';
  }
}
