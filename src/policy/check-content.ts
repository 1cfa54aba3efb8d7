import { formatDuration } from '../domain/duration.ts';
import type { VerifiedContent } from '../domain/finding.ts';
import { matchesGlob } from '../domain/glob.ts';
import type { Requirement } from '../domain/policy.ts';
import { shortText } from '../domain/short-text.ts';
import { readSlsaProvenance, type SlsaProvenance } from '../domain/slsa-provenance.ts';
import type { ReasonCode } from '../domain/verdict.ts';
import { compileCondition } from './compile-condition.ts';

/** Why verified evidence by an allowed signer does not satisfy a requirement. */
export interface Miss {
  readonly code: ReasonCode;
  /** One sentence. */
  readonly message: string;
  readonly expected: string;
  readonly found: string;
}

/** Holds what verified evidence says against what the requirement asks for; `undefined` if nothing is missing. */
export function checkContent(requirement: Requirement, content: VerifiedContent, now: Date): Miss | undefined {
  return checkAge(requirement.maxAgeMs, content.signedAt, now) ?? checkStatement(requirement, content);
}

/**
 * The oldest verified time counts: anybody can have an old signature stamped again today, but nobody can have it
 * stamped before it was made.
 */
function checkAge(maxAgeMs: number | undefined, signedAt: readonly string[], now: Date): Miss | undefined {
  if (maxAgeMs === undefined) return undefined;
  const expected = `signed within the last ${formatDuration(maxAgeMs)}`;
  const times = signedAt.map((time) => Date.parse(time));
  const oldestMs = Math.min(...times);
  if (!Number.isFinite(oldestMs)) {
    const found = 'no time that a log or a timestamp authority vouches for';
    const message = `It must have been ${expected}, but nothing proves when it was signed.`;
    return { code: 'TIME_UNPROVEN', message, expected, found };
  }
  const ageMs = now.getTime() - oldestMs;
  if (ageMs <= maxAgeMs) return undefined;
  const found = `signed ${formatDuration(ageMs)} ago, on ${new Date(oldestMs).toISOString().slice(0, 10)}`;
  return {
    code: 'EVIDENCE_TOO_OLD',
    message: `It is too old: it was ${found}; it must have been ${expected}.`,
    expected,
    found,
  };
}

function checkStatement(requirement: Requirement, content: VerifiedContent): Miss | undefined {
  if (requirement.kind === 'signature') return undefined;
  const { statement, signer } = content;
  if (statement === undefined) {
    const message = 'It says nothing about the image beyond being signed.';
    return { code: 'STATEMENT_MALFORMED', message, expected: 'a statement about the image', found: 'a bare signature' };
  }
  if (requirement.kind === 'attestation') return checkCondition(requirement.where, statement.predicate);
  const claims = signer.kind === 'certificate' ? signer.claims : {};
  const reading = readSlsaProvenance(statement.predicateType, statement.predicate, claims);
  if (reading.ok) return checkSource(requirement, reading.provenance) ?? checkBuilder(requirement, reading.provenance);
  const found = shortText(reading.why, 400);
  const message = `The provenance cannot be used: ${found}.`;
  return {
    code: 'PROVENANCE_INCONSISTENT',
    message,
    expected: 'provenance that agrees with itself and its signer',
    found,
  };
}

type ProvenanceRequirement = Extract<Requirement, { kind: 'provenance' }>;

function checkSource({ source }: ProvenanceRequirement, provenance: SlsaProvenance): Miss | undefined {
  if (source === undefined) return undefined;
  const repository = shortText(provenance.sourceRepository);
  if (provenance.sourceRepository !== source.repository) {
    const message = `It was built from ${repository}; the policy wants ${source.repository}.`;
    return { code: 'SOURCE_MISMATCH', message, expected: source.repository, found: repository };
  }
  if (source.ref === undefined) return undefined;
  if (provenance.ref !== undefined && matchesGlob(source.ref, provenance.ref)) return undefined;
  const found = provenance.ref === undefined ? 'no branch or tag' : shortText(provenance.ref);
  const message = `It was built from ${repository} at ${found}; the policy wants ${source.ref}.`;
  return { code: 'REF_MISMATCH', message, expected: source.ref, found };
}

function checkBuilder({ builder }: ProvenanceRequirement, provenance: SlsaProvenance): Miss | undefined {
  if (builder === undefined || provenance.builderId === builder) return undefined;
  const found = shortText(provenance.builderId);
  return {
    code: 'BUILDER_MISMATCH',
    message: `It was built by ${found}; the policy wants ${shortText(builder)}.`,
    expected: shortText(builder),
    found,
  };
}

function checkCondition(
  where: string | undefined,
  predicate: Parameters<typeof readSlsaProvenance>[1],
): Miss | undefined {
  if (where === undefined) return undefined;
  const expected = shortText(where);
  const condition = compileCondition(where);
  const result = condition.ok ? condition.evaluate(predicate) : ({ kind: 'undecided', why: condition.why } as const);
  switch (result.kind) {
    case 'true':
      return undefined;
    case 'false':
      return {
        code: 'CONDITION_FALSE',
        message: `It does not fulfil the condition ${expected}.`,
        expected,
        found: 'false',
      };
    case 'undecided': {
      const message = `The condition ${expected} cannot be decided for it: ${result.why}.`;
      return { code: 'CONDITION_UNDECIDED', message, expected, found: result.why };
    }
  }
}
