import { createRequire } from 'node:module';

// Computing on curves in JavaScript costs 30 ms and 4 MiB to load, for forms of signatures that few images carry.
const load = createRequire(import.meta.url);

/** ECDSA on the curves of NIST, over what was hashed already. */
export function loadNistCurves(): typeof import('@noble/curves/nist.js') {
  return load('@noble/curves/nist.js');
}

/** Ed25519 over a hash (RFC 8032 §5.1). */
export function loadEd25519(): typeof import('@noble/curves/ed25519.js') {
  return load('@noble/curves/ed25519.js');
}
