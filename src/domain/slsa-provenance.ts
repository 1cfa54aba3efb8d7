/** `predicateType` of SLSA provenance 0.2: https://slsa.dev/spec/v0.2/provenance */
export const SLSA_PROVENANCE_V02 = 'https://slsa.dev/provenance/v0.2';
/** `predicateType` of SLSA provenance 1: https://slsa.dev/spec/v1.0/provenance */
export const SLSA_PROVENANCE_V1 = 'https://slsa.dev/provenance/v1';

/** Whether this predicate type is one of the two SLSA provenance formats. */
export function isSlsaProvenance(predicateType: string): boolean {
  return predicateType === SLSA_PROVENANCE_V02 || predicateType === SLSA_PROVENANCE_V1;
}
