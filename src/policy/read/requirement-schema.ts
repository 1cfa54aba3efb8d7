import { z } from 'zod';
import { DEFAULT_TRUST } from '../../domain/built-in-trust.ts';
import type { Level, PolicyAlternative, Requirement, SignerRule } from '../../domain/policy.ts';
import { nearestWord } from '../../kit/nearest-word.ts';
import { addFault, durationField, textSchema } from '../../kit/schema-fields.ts';
import { compileCondition } from '../conditions/compile-condition.ts';
import { levelSchema, nameSchema } from './schema-fields.ts';
import { createSignerSchema, type SignerContext, textMatchSchema } from './signer-schema.ts';
import { sourceSchema } from './source-schema.ts';

/** Names people use for predicate types, by type: https://github.com/in-toto/attestation/tree/main/spec/predicates */
const SHORT_TYPES: Readonly<Record<string, string>> = {
  cyclonedx: 'https://cyclonedx.org/bom',
  spdx: 'https://spdx.dev/Document',
  vuln: 'https://cosign.sigstore.dev/attestation/vuln/v1',
  slsaprovenance: 'https://slsa.dev/provenance/v0.2',
  slsaprovenance1: 'https://slsa.dev/provenance/v1',
  vsa: 'https://slsa.dev/verification_summary/v1',
};

/** Several ways to satisfy one entry of `require`. */
export interface AnyOf {
  readonly kind: 'any-of';
  readonly name: string;
  readonly ways: readonly PolicyAlternative[];
}

/** The schema of one entry of `require`: a name, and exactly one kind of proof or several to choose from. */
export function createRequirementSchema(outside: SignerContext) {
  const kinds = kindsShape(outside);
  const way = z
    .strictObject({ name: nameSchema.optional(), ...kinds })
    .superRefine((written, context) => checkKinds(written, context, KINDS), ALWAYS)
    .transform((written, context) => toRequirement({ ...written, name: written.name ?? '' }, context));
  return z
    .strictObject({
      name: nameSchema.describe('what is asked for, in words people understand'),
      platforms: levelSchema.optional(),
      ...kinds,
      anyOf: z
        .array(way)
        .min(2)
        .describe('entries like those of `require`, of any kinds: one of them must hold')
        .optional(),
    })
    .superRefine((written, context) => checkKinds(written, context, [...KINDS, 'anyOf']), ALWAYS)
    .transform((written, context): Requirement | AnyOf => {
      const { name, anyOf, platforms } = written;
      if (anyOf === undefined) return toRequirement(written, context);
      if (platforms !== undefined)
        addFault(context, { message: '`platforms` does not go with `anyOf`', hint: OF_ALL }, ['platforms']);
      const ways = anyOf.map((one, index) => {
        const named = `${name}${one.name === '' ? ` (${index + 1} of ${anyOf.length})` : `: ${one.name}`}`;
        return { name: named, require: [{ ...one, name: named }] };
      });
      return { kind: 'any-of', name, ways };
    });
}

function kindsShape(outside: SignerContext) {
  const signers = signersShape(outside);
  return {
    signature: z
      .strictObject({ ...signers, annotations: annotationsSchema.optional() })
      .superRefine(checkSigners, ALWAYS)
      .optional(),
    provenance: z
      .strictObject({
        ...signers,
        source: sourceSchema.optional(),
        builder: idSchema.describe('the id of a builder, with or without @vX.Y.Z').optional(),
        buildType: idSchema.describe('the URI of a build type, compared exactly').optional(),
        trigger: idSchema.describe('the event that started the build, such as push').optional(),
        inputs: z
          .record(textSchema, z.string())
          .describe('inputs of a build started by hand, each as text: { environment: "prod" }')
          .optional(),
      })
      .superRefine(checkSigners, ALWAYS)
      .optional(),
    attestation: z
      .strictObject({ ...signers, type: typesSchema, where: whereSchema.optional() })
      .superRefine(checkSigners, ALWAYS)
      .optional(),
  };
}

type WrittenKinds = { readonly name: string; readonly platforms?: Level | undefined } & z.output<
  z.ZodObject<ReturnType<typeof kindsShape>>
>;

function toRequirement(written: WrittenKinds, context: z.core.$RefinementCtx): Requirement {
  const { name, platforms, signature, provenance, attestation } = written;
  const level = platforms === undefined ? {} : { platforms };
  if (signature !== undefined) {
    const { annotations } = signature;
    return { kind: 'signature', name, ...level, ...commonOf(signature), ...(annotations && { annotations }) };
  }
  if (provenance !== undefined) {
    const { source, builder, buildType, trigger, inputs } = provenance;
    return {
      kind: 'provenance',
      name,
      ...level,
      ...commonOf(provenance),
      ...(source && { source }),
      ...(builder && { builder }),
      ...(buildType && { buildType }),
      ...(trigger && { trigger }),
      ...(inputs && { inputs }),
    };
  }
  if (attestation !== undefined) {
    const { type, where } = attestation;
    return {
      kind: 'attestation',
      name,
      ...level,
      ...commonOf(attestation),
      predicateTypes: type,
      ...(where && { where }),
    };
  }
  addFault(context, { message: 'expected one kind of proof', hint: ONE_KIND });
  return z.NEVER;
}

// These checks run even where another field of the object has a fault, so that all faults are reported at once.
const ALWAYS = { when: (): boolean => true };
const KINDS = ['signature', 'provenance', 'attestation'] as const;
const OF_ALL = 'Where the proof of a choice must lie is said for the whole policy: `spec.platforms`.';
const ONE_KIND =
  'Each entry of `require` has a `name` and exactly one of `signature`, `provenance`, `attestation`, `anyOf`.';

function signersShape(outside: SignerContext) {
  const signer = createSignerSchema(outside);
  return {
    signer: signer.optional(),
    of: z.array(signer).min(1).optional(),
    atLeast: z.int().min(1).optional(),
    maxAge: durationField().optional(),
  };
}

const annotationsSchema = z
  .record(textSchema, textMatchSchema)
  .describe('what the signer must have noted, each as text: { stage: prod, build: "7" }')
  .refine(
    (annotations) => Object.keys(annotations).length > 0,
    'expected at least one annotation, such as stage: prod',
  );

const idSchema = textSchema.refine((id) => !/\s/.test(id), 'expected text without white space');

const typeSchema = textSchema
  .describe('the predicate type wanted, a URI such as https://cyclonedx.org/bom')
  .superRefine((type, context) => {
    if (/^[a-zA-Z][a-zA-Z0-9+.-]*:\S+$/.test(type)) return;
    const short = nearestWord(type, Object.keys(SHORT_TYPES));
    const meant = short === undefined ? undefined : SHORT_TYPES[short];
    addFault(context, {
      message: 'expected the URI of a predicate type; it is compared exactly',
      ...(meant !== undefined && { hint: `Did you mean ${meant}?` }),
    });
  });

const typesSchema = z
  .union([typeSchema, z.array(typeSchema).min(1)])
  .transform((written) => (typeof written === 'string' ? [written] : [...new Set(written)]));

const whereSchema = z.string().superRefine((where, context) => {
  const condition = compileCondition(where);
  if (condition.ok) return;
  addFault(context, {
    message: `expected a CEL expression: ${condition.why}`,
    hint: 'For example: predicate.components.size() > 0',
  });
});

interface Signers {
  readonly signer?: SignerRule | undefined;
  readonly of?: readonly SignerRule[] | undefined;
  readonly atLeast?: number | undefined;
  readonly maxAge?: number | undefined;
}

function commonOf(written: Signers): Pick<Requirement, 'of' | 'atLeast' | 'maxAgeMs'> {
  const named = written.of ?? (written.signer === undefined ? [] : [written.signer]);
  const of = written.maxAge === undefined ? named : named.map(withTimes);
  return { of, atLeast: written.atLeast ?? 1, ...(written.maxAge !== undefined && { maxAgeMs: written.maxAge }) };
}

// An age is counted from a verified time; for a bare key, a trust root must be named that vouches for times.
function withTimes(rule: SignerRule): SignerRule {
  if (rule.kind === 'identity' || rule.key.trust !== undefined) return rule;
  return { ...rule, key: { ...rule.key, trust: DEFAULT_TRUST } };
}

function checkSigners(written: Signers, context: z.core.$RefinementCtx): void {
  if (typeof written !== 'object' || written === null) return;
  const { of, atLeast } = written;
  const hint = 'Write `signer:` for one, or `of:` with a list and `atLeast:` for how many of them.';
  const [hasOne, hasList] = [Object.hasOwn(written, 'signer'), Object.hasOwn(written, 'of')];
  if (!hasOne && !hasList) addFault(context, { message: 'nobody is named who must have signed', hint });
  if (hasOne && hasList) addFault(context, { message: '`signer` and `of` exclude each other', hint }, ['of']);
  const count = Array.isArray(of) ? of.length : 1;
  if (typeof atLeast === 'number' && atLeast > count && !(hasList && !Array.isArray(of))) {
    const signers = `${count} signer${count === 1 ? ' is' : 's are'} named`;
    addFault(context, { message: `atLeast is ${atLeast}, but only ${signers}: this could never be satisfied` }, [
      'atLeast',
    ]);
  }
  if (Array.isArray(of)) checkRepeats(of, context);
}

// A signer listed twice would look like two signers but count as one.
function checkRepeats(of: readonly SignerRule[], context: z.core.$RefinementCtx): void {
  const seen = new Map<string, number>();
  for (const [index, rule] of of.entries()) {
    if (typeof rule !== 'object' || rule === null || !('kind' in rule)) continue;
    const id =
      rule.kind === 'key' ? rule.key.keyId : JSON.stringify([rule.trust, rule.issuer, rule.subject, rule.claims]);
    const first = seen.get(id);
    seen.set(id, first ?? index);
    if (first === undefined) continue;
    addFault(context, { message: `of[${index}] is the same signer as of[${first}]`, hint: 'Keep one of the two.' }, [
      'of',
      index,
    ]);
  }
}

function checkKinds(
  written: Readonly<Record<string, unknown>>,
  context: z.core.$RefinementCtx,
  known: readonly string[],
): void {
  if (typeof written !== 'object' || written === null) return;
  const kinds = known.filter((kind) => Object.hasOwn(written, kind));
  if (kinds.length === 0) addFault(context, { message: 'nothing is asked for', hint: ONE_KIND });
  const extra = kinds[1];
  if (extra !== undefined)
    addFault(context, { message: `more than one kind of proof: ${kinds.join(', ')}`, hint: ONE_KIND }, [extra]);
}
