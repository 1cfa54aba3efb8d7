import { nearestWord } from '../../kit/nearest-word.ts';

/** cosign's names of predicate types: https://github.com/sigstore/cosign/blob/main/cmd/cosign/cli/options/predicate.go */
const PREDICATE_TYPES: Readonly<Record<string, string>> = {
  custom: 'https://cosign.sigstore.dev/attestation/v1',
  slsaprovenance: 'https://slsa.dev/provenance/v0.2',
  slsaprovenance02: 'https://slsa.dev/provenance/v0.2',
  slsaprovenance1: 'https://slsa.dev/provenance/v1',
  spdx: 'https://spdx.dev/Document',
  spdxjson: 'https://spdx.dev/Document',
  cyclonedx: 'https://cyclonedx.org/bom',
  link: 'https://in-toto.io/Link/v1',
  vuln: 'https://cosign.sigstore.dev/attestation/vuln/v1',
  openvex: 'https://openvex.dev/ns',
};

export type PredicateTypeReading =
  | { readonly ok: true; readonly uri: string }
  | { readonly ok: false; readonly why: string; readonly hint: string };

/** The URI that a predicate type of a ClusterImagePolicy stands for. */
export function predicateTypeOf(written: string): PredicateTypeReading {
  const known = Object.hasOwn(PREDICATE_TYPES, written) ? PREDICATE_TYPES[written] : undefined;
  if (known !== undefined) return { ok: true, uri: known };
  if (/^[a-zA-Z][a-zA-Z0-9+.-]*:\S+$/.test(written)) return { ok: true, uri: written };
  const names = Object.keys(PREDICATE_TYPES);
  const nearest = nearestWord(written, names);
  return {
    ok: false,
    why: 'unknown predicate type',
    hint: `${nearest === undefined ? '' : `Did you mean "${nearest}"? `}Known: ${names.join(', ')}, or a URI.`,
  };
}
