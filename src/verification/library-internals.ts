/**
 * The parts of Sigstore's libraries that they keep to themselves. Their public `Verifier` names a signer by its first
 * name only, parses every certificate anew for every time, and takes one piece of evidence whole or not at all
 * (ADR 3); these are its single checks. An upgrade may move them without a word: nothing else imports from `dist`, and
 * `test/unit/verification/library-internals.test.ts` says which of them is gone.
 */
export { ASN1Tag } from '@sigstore/core/dist/asn1/tag.js';
export { CertificateChainVerifier, verifyCertificateChain } from '@sigstore/verify/dist/key/certificate.js';
export { verifySCTs } from '@sigstore/verify/dist/key/sct.js';
export { verifyTLogBody, verifyTLogInclusion } from '@sigstore/verify/dist/tlog/index.js';
