import { z } from 'zod';
import { BUILT_IN_TRUST, DEFAULT_TRUST, mayOmitIssuer } from '../../domain/built-in-trust.ts';
import type { ClaimMatches, SignerRule, TextMatch } from '../../domain/policy.ts';
import { InvalidInputError } from '../../kit/errors.ts';
import { nearestWord } from '../../kit/nearest-word.ts';
import { addFault, textSchema } from '../../kit/schema-fields.ts';
import { patternFault } from '../judge/match-text.ts';
import { parseKey } from './parse-key.ts';

/** The built-in trust roots whose certificates may name no issuer (`mayOmitIssuer`). */
const ISSUERLESS = BUILT_IN_TRUST.filter((name) => mayOmitIssuer({ name }));

/** What reading signers needs from outside. */
export interface SignerContext {
  /** Reads a key file named in a policy. @throws {InvalidInputError} */
  readonly readKey: (path: string) => string;
  /** Names of the trust roots there are. */
  readonly trustNames: readonly string[];
  /** Those whose certificates may name no issuer; `github` alone where it is not said. */
  readonly withoutIssuer?: readonly string[];
  /** The public keys, PEM, that stand for references to a KMS; `undefined` where one is at fault. */
  readonly kmsKeys?: ReadonlyMap<string, string | undefined>;
}

const patternSchema = z.strictObject({
  pattern: z.string().superRefine((pattern, context) => {
    const fault = patternFault(pattern);
    if (fault === undefined) return;
    const hint = 'Patterns are RE2, without look-around and back-references: https://github.com/google/re2/wiki/Syntax';
    addFault(context, { message: `expected a regular expression: ${fault}`, hint });
  }),
});

/** Text that is compared exactly, or `{ pattern }` that must match all of it. */
export const textMatchSchema = z.union([textSchema, patternSchema]).transform((written): TextMatch => {
  return typeof written === 'string' ? { kind: 'exact', text: written } : { kind: 'pattern', pattern: written.pattern };
});

const claim = textMatchSchema.optional();

/** Claims of Fulcio's certificates: https://github.com/sigstore/fulcio/blob/main/docs/oid-info.md */
const claimsSchema = z
  .strictObject({
    workflowTrigger: claim,
    workflowName: claim,
    buildSignerUri: claim,
    buildSignerDigest: claim,
    runnerEnvironment: claim,
    sourceRepositoryUri: claim,
    sourceRepositoryDigest: claim,
    sourceRepositoryRef: claim,
    sourceRepositoryIdentifier: claim,
    sourceRepositoryOwnerUri: claim,
    sourceRepositoryOwnerIdentifier: claim,
    buildConfigUri: claim,
    buildConfigDigest: claim,
    runInvocationUri: claim,
    sourceRepositoryVisibility: claim,
  } satisfies Record<keyof ClaimMatches, z.ZodType>)
  .transform((written): ClaimMatches => {
    return Object.fromEntries(Object.entries(written).filter(([, wanted]) => wanted !== undefined));
  });

const NEEDS = 'A signer is a key (`key: FILE`) or an identity (`issuer:` and `subject:`).';
const ALONE =
  'Only signers of `github`, and of trust roots with `chains: true` in the configuration, are named by `subject` and `trust` alone.';

/** The schema of one signer: a key file, or an identity vouched for by a trust root. */
export function createSignerSchema(outside: SignerContext) {
  return z
    .strictObject({
      key: textSchema.describe('path of a public key (PEM), relative to this file').optional(),
      hash: z.enum(['sha256', 'sha384', 'sha512']).optional(),
      padding: z.enum(['pkcs1', 'pss']).optional(),
      encoding: z.enum(['der', 'ieee-p1363']).optional(),
      trust: textSchema.superRefine((name, context) => checkTrust(name, outside, context)).optional(),
      transparencyLog: z.enum(['required', 'optional']).optional(),
      issuer: textMatchSchema.optional(),
      subject: textMatchSchema.optional(),
      claims: claimsSchema.optional(),
    })
    .superRefine((written, context) => checkShape(written, outside, context), { when: () => true })
    .transform((written, context): SignerRule => {
      const { key, hash, padding, encoding, issuer, subject, claims, transparencyLog } = written;
      if (key === undefined) {
        const { trust = DEFAULT_TRUST } = written;
        const isNamed = issuer !== undefined || mayLeaveOutIssuer(trust, outside);
        if (isNamed && subject !== undefined)
          return { kind: 'identity', trust, ...(issuer && { issuer }), subject, ...(claims && { claims }) };
        addFault(context, { message: 'expected a signer', hint: NEEDS });
        return z.NEVER;
      }
      const settings = { ...(hash && { hash }), ...(padding && { padding }), ...(encoding && { encoding }) };
      const reading = openKey(key, settings, outside);
      const isLogged = transparencyLog === 'required';
      const trust = written.trust ?? (isLogged ? DEFAULT_TRUST : undefined);
      const vouched = { ...(trust !== undefined && { trust }), ...(isLogged && { transparencyLog }) };
      if (reading.ok) return { kind: 'key', key: { ...reading.key, ...vouched } };
      addFault(context, { message: `cannot use the key ${key}: ${reading.why}`, hint: reading.hint }, ['key']);
      return z.NEVER;
    });
}

function openKey(
  path: string,
  settings: Parameters<typeof parseKey>[2],
  outside: SignerContext,
): ReturnType<typeof parseKey> {
  try {
    return parseKey(path, outside.readKey(path), settings);
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    const hint = error.issues[0]?.hint ?? 'A path is relative to the policy file that names it.';
    return { ok: false, why: error.message, hint };
  }
}

function checkTrust(name: string, outside: SignerContext, context: z.core.$RefinementCtx): void {
  if (outside.trustNames.includes(name)) return;
  const nearest = nearestWord(name, outside.trustNames);
  const meant = nearest === undefined ? '' : `Did you mean "${nearest}"? `;
  addFault(context, {
    message: `unknown trust root "${name}"`,
    hint: `${meant}Known: ${outside.trustNames.join(', ')}. Add others under \`trust:\` in the configuration.`,
  });
}

function mayLeaveOutIssuer(trust: unknown, { withoutIssuer = ISSUERLESS }: SignerContext): boolean {
  return withoutIssuer.some((name) => name === trust);
}

// W2: keyless without an issuer or without an identity would accept anyone with an account somewhere.
function checkShape(
  written: Readonly<Record<string, unknown>>,
  outside: SignerContext,
  context: z.core.$RefinementCtx,
): void {
  if (typeof written !== 'object' || written === null) return;
  const has = (name: string): boolean => Object.hasOwn(written, name);
  if (has('key')) {
    for (const name of ['issuer', 'subject', 'claims']) {
      if (has(name)) addFault(context, { message: `\`${name}\` does not go with \`key\``, hint: NEEDS }, [name]);
    }
    return;
  }
  for (const name of ['hash', 'padding', 'encoding', 'transparencyLog']) {
    if (has(name)) addFault(context, { message: `\`${name}\` is only for a \`key\``, hint: NEEDS }, [name]);
  }
  if (!has('issuer') && !has('subject')) addFault(context, { message: 'expected a signer', hint: NEEDS });
  else if (!has('issuer') && !mayLeaveOutIssuer(written['trust'], outside))
    addFault(context, {
      message: 'missing key "issuer": who must have vouched for the signer',
      hint: has('trust') ? `${NEEDS} ${ALONE}` : NEEDS,
    });
  else if (!has('subject'))
    addFault(context, { message: 'missing key "subject": without it anyone the issuer knows could sign', hint: NEEDS });
}
