import type { VerifiedContent } from '../../domain/finding.ts';
import type { Requirement } from '../../domain/policy.ts';
import { formatDuration } from '../../kit/duration.ts';
import type { JsonObject } from '../../kit/json.ts';
import { shortText } from '../../kit/short-text.ts';
import { compileCondition } from '../conditions/compile-condition.ts';
import type { ConditionResult } from '../conditions/evaluate-condition.ts';
import type { Mismatch } from '../words/mismatch.ts';
import { checkAnnotations } from './check-annotations.ts';
import { checkProvenance } from './check-provenance.ts';

/** Holds what verified evidence says against what the requirement asks for; `undefined` if nothing is missing. */
export function checkContent(requirement: Requirement, content: VerifiedContent, now: Date): Mismatch | undefined {
  return checkTime(requirement, content, now) ?? checkStatement(requirement, content, now);
}

/**
 * The oldest verified time counts: anybody can have an old signature stamped again today, but nobody can have it
 * stamped before it was made. Without a verified time nobody knows how old it is, so it does not count.
 */
function checkTime({ maxAgeMs, timeProven }: Requirement, content: VerifiedContent, now: Date): Mismatch | undefined {
  if (maxAgeMs === undefined && timeProven !== true) return undefined;
  const expected =
    maxAgeMs === undefined ? 'signed at a time that is proved' : `signed within the last ${formatDuration(maxAgeMs)}`;
  const oldestMs = Math.min(...content.signedAt.map((time) => Date.parse(time)));
  if (!Number.isFinite(oldestMs)) {
    const found = 'no time that a log or a timestamp authority vouches for';
    const message = `It must have been ${expected}, but nothing proves when it was signed.`;
    if (content.timeOpen === undefined) {
      const told = content.timeRefused === undefined ? message : `${message} ${shortText(content.timeRefused, 300)}`;
      return { code: 'TIME_UNPROVEN', message: told, expected, found };
    }
    return { code: 'TRUST_ROOT_STALE', message: `${message} ${content.timeOpen}`, expected, found };
  }
  const ageMs = now.getTime() - oldestMs;
  if (maxAgeMs === undefined || ageMs <= maxAgeMs) return undefined;
  const found = `signed ${formatDuration(ageMs)} ago, on ${new Date(oldestMs).toISOString().slice(0, 10)}`;
  const message = `It is too old: it was ${found}; it must have been ${expected}.`;
  return { code: 'EVIDENCE_TOO_OLD', message, expected, found };
}

function checkStatement(requirement: Requirement, content: VerifiedContent, now: Date): Mismatch | undefined {
  if (requirement.kind === 'signature') return checkAnnotations(requirement.annotations, content.annotations);
  const { statement } = content;
  if (statement === undefined) {
    const message = 'It says nothing about the image beyond being signed.';
    return { code: 'STATEMENT_MALFORMED', message, expected: 'a statement about the image', found: 'a bare signature' };
  }
  if (requirement.kind === 'attestation') return checkCondition(requirement.where, statement.predicate, now);
  return checkProvenance(requirement, { ...content, statement });
}

function checkCondition(where: string | undefined, predicate: JsonObject, now: Date): Mismatch | undefined {
  if (where === undefined) return undefined;
  const expected = shortText(where);
  const result = evaluate(where, predicate, now);
  switch (result.kind) {
    case 'true':
      return undefined;
    case 'false': {
      const message = `It does not fulfil the condition ${expected}.`;
      return { code: 'CONDITION_FALSE', message, expected, found: 'a statement for which it is false' };
    }
    case 'undecided': {
      const why = shortText(result.why);
      const message = `The condition ${expected} cannot be decided for it: ${why}.`;
      return { code: 'CONDITION_UNDECIDED', message, expected, found: why };
    }
  }
}

function evaluate(where: string, predicate: JsonObject, now: Date): ConditionResult {
  const condition = compileCondition(where);
  return condition.ok ? condition.evaluate(predicate, now) : { kind: 'undecided', why: condition.why };
}
