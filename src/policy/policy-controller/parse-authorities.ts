import type { ImagePolicy, PolicyAlternative, Requirement } from '../../domain/policy.ts';
import type { InputIssue } from '../../kit/errors.ts';
import type { YamlDocument } from '../../kit/strict-yaml.ts';
import type { AuthorityReading, Fault } from './authority-reading.ts';
import type { Authority } from './authority-schema.ts';
import { parseSigners } from './authority-signers.ts';
import type { ClusterContext } from './cluster-context.ts';
import { predicateTypeOf } from './predicate-types.ts';

export type AuthoritiesReading =
  | { readonly ok: true; readonly rules: Pick<ImagePolicy, 'require' | 'alternatives'> }
  | { readonly ok: false; readonly issues: readonly InputIssue[] };

/** Turns authorities, of which any suffices, into what an image must prove. */
export function parseAuthorities(
  authorities: readonly Authority[],
  document: YamlDocument,
  context: ClusterContext,
): AuthoritiesReading {
  const issues: InputIssue[] = [];
  const alternatives = authorities.map((authority, index) => {
    const path = ['spec', 'authorities', index];
    const name = authority.name ?? `authority-${index}`;
    const report = (fault: Fault): void => {
      const { path: inside, ...issue } = fault;
      issues.push({ where: document.locate([...path, ...inside]), ...issue });
    };
    return parseAuthority(name, authority, { report, context });
  });
  return issues.length > 0 ? { ok: false, issues } : { ok: true, rules: combine(alternatives) };
}

function parseAuthority(name: string, authority: Authority, reading: AuthorityReading): PolicyAlternative {
  const { static: answer, attestations = [] } = authority;
  if (answer !== undefined) {
    return { name, require: [], ...(answer.action === 'fail' && { denied: answer.message ?? '' }) };
  }
  const signers = parseSigners(authority, reading);
  if (attestations.length === 0) return { name, require: [{ kind: 'signature', name, ...signers }] };
  const require = attestations.map((attestation, index): Requirement => {
    const predicateType = predicateTypeOf(attestation.predicateType);
    if (predicateType.ok) {
      return {
        kind: 'attestation',
        name: `${name}: ${attestation.name}`,
        ...signers,
        predicateTypes: [predicateType.uri],
      };
    }
    reading.report({
      path: ['attestations', index, 'predicateType'],
      message: predicateType.why,
      hint: predicateType.hint,
    });
    return { kind: 'signature', name, ...signers };
  });
  return { name, require };
}

// Authorities that ask for the same become one requirement with several signers, which a message tells in one sentence;
// as alternatives each would take one.
function combine(alternatives: readonly PolicyAlternative[]): Pick<ImagePolicy, 'require' | 'alternatives'> {
  const [only] = alternatives;
  if (only !== undefined && alternatives.length === 1 && only.denied === undefined && only.require.length > 0) {
    return { require: only.require };
  }
  const signatures = alternatives.flatMap(({ require, denied }) =>
    denied === undefined && require.length === 1 && require[0]?.kind === 'signature' ? require : [],
  );
  const areAlike =
    signatures.length === alternatives.length && signatures.every(({ timeProven }) => timeProven !== true);
  if (!areAlike) return { require: [], alternatives };
  const name = alternatives.map((one) => one.name).join(' or ');
  return { require: [{ kind: 'signature', name, of: signatures.flatMap(({ of }) => of), atLeast: 1 }] };
}
