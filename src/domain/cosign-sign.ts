/** `predicateType` of the statement `cosign sign` writes since version 3 in place of a bare signature. */
export const COSIGN_SIGN = 'https://sigstore.dev/cosign/sign/v1';
