import { z } from 'zod';
import { addFault, textSchema } from '../../kit/schema-fields.ts';
import {
  createEvidenceRepositorySchema,
  type EvidenceContext,
  tagPrefixSchema,
  withPrefix,
} from '../read/evidence-schema.ts';
import { checkExactlyOne, regexSchema, unsupported, urlSchema } from './fields.ts';

/** The schema of one of `authorities`, of v1alpha1 and v1beta1 alike. What it cannot mean here is a fault. */
export function createAuthoritySchema(outside: EvidenceContext) {
  return z
    .strictObject({
      name: textSchema.optional(),
      key: z
        .strictObject({
          data: textSchema.describe('the public key, PEM').optional(),
          kms: textSchema.optional(),
          hashAlgorithm: z.string().optional(),
          secretRef: unsupported(
            '`secretRef` (a Secret of the cluster)',
            'Put the public key into `data`: kubectl get secret NAME -o jsonpath={.data.cosign\\.pub} | base64 -d',
          ),
        })
        .superRefine((key, context) => checkKey(key, context), { when: () => true })
        .optional(),
      keyless: z
        .strictObject({
          url: urlSchema.optional(),
          identities: z
            .array(createIdentitySchema())
            .min(1)
            .describe('who may have signed; without it anybody with an account somewhere could'),
          trustRootRef: textSchema.optional(),
          insecureIgnoreSCT: z.boolean().optional(),
          'ca-cert': unsupported(
            '`ca-cert`',
            'Write a TrustRoot with `sigstoreKeys.certificateAuthorities`, and name it as `trustRootRef`.',
          ),
        })
        .optional(),
      static: z.strictObject({ action: z.enum(['pass', 'fail']), message: z.string().optional() }).optional(),
      source: z.array(createSourceSchema(outside)).max(1).optional(),
      ctlog: z.strictObject({ url: urlSchema.optional(), trustRootRef: textSchema.optional() }).optional(),
      attestations: z
        .array(
          z.strictObject({
            name: textSchema,
            predicateType: textSchema,
            policy: unsupported(
              '`policy` (CUE or Rego) of an attestation',
              'Write an ImagePolicy with `attestation` and a condition in CEL: `where`.',
            ),
          }),
        )
        .optional(),
      rfc3161timestamp: z.strictObject({ trustRootRef: textSchema }).optional(),
      signatureFormat: z.enum(['legacy', 'bundle']).optional(),
    })
    .superRefine((authority, context) => checkAuthority(authority, context), { when: () => true });
}

export type Authority = z.output<ReturnType<typeof createAuthoritySchema>>;
export type KeylessIdentity = NonNullable<Authority['keyless']>['identities'][number];

function createSourceSchema(outside: EvidenceContext) {
  return z
    .strictObject({
      oci: createEvidenceRepositorySchema(outside).optional(),
      tagPrefix: tagPrefixSchema.or(z.literal('')).optional(),
      signaturePullSecrets: unsupported(
        '`signaturePullSecrets` (Secrets of the cluster)',
        "Take them out: the repository is read with the `credentials` of its registry in Lazaret's configuration.",
      ),
    })
    .transform(({ oci, tagPrefix }, context) => {
      if (oci !== undefined) return withPrefix(oci, tagPrefix || undefined);
      addFault(context, {
        message: "a source without `oci` is not supported: the image's own repository is looked at anyway",
        hint: 'For tags with a prefix in it, write a policy for that repository that names it as `oci`.',
      });
      return z.NEVER;
    });
}

// W2: an identity without issuer or without subject would match far too many signers.
const WITHOUT = {
  issuer: 'Without it, any identity provider could vouch for the subject.',
  subject: 'Without it, anybody whom the issuer knows could sign; `subjectRegExp: .*` says that this is meant.',
};

function createIdentitySchema() {
  return z
    .strictObject({
      issuer: z.string().optional(),
      issuerRegExp: regexSchema.optional(),
      subject: z.string().optional(),
      subjectRegExp: regexSchema.optional(),
    })
    .superRefine(
      (identity, context) => {
        if (typeof identity !== 'object' || identity === null) return;
        const written = (['issuer', 'subject'] as const).map((name) => ({
          name,
          there: [name, `${name}RegExp` as const].filter((key) => identity[key]),
        }));
        if (written.every(({ there }) => there.length === 0)) {
          addFault(context, {
            message: 'an empty identity would accept anybody',
            hint: 'Name the `issuer` and the `subject` (or issuerRegExp, subjectRegExp).',
          });
          return;
        }
        for (const { name, there } of written) {
          if (there.length === 1) continue;
          const message = `expected ${there.length === 0 ? 'one' : 'only one'} of ${name} and ${name}RegExp`;
          addFault(context, { message, ...(there.length === 0 && { hint: WITHOUT[name] }) }, there.slice(1));
        }
      },
      { when: () => true },
    );
}

const KEY_KINDS = ['data', 'kms', 'secretRef'];
const HASHES = ['sha256', 'sha384', 'sha512'];

function checkKey(key: unknown, context: z.core.$RefinementCtx): void {
  checkExactlyOne(key, KEY_KINDS, context, 'Put the public key, PEM, into `data`.');
  const hash = typeof key === 'object' && key !== null ? Reflect.get(key, 'hashAlgorithm') : undefined;
  if (typeof hash !== 'string' || hash.trim() === '' || HASHES.includes(hash.trim().toLowerCase())) return;
  const hint = `Known: ${HASHES.join(', ')}. A signature over SHA-224 must be made again with one of these.`;
  addFault(context, { message: 'unknown or unsupported hash algorithm', hint }, ['hashAlgorithm']);
}

function checkAuthority(authority: unknown, context: z.core.$RefinementCtx): void {
  checkExactlyOne(
    authority,
    ['key', 'keyless', 'static'],
    context,
    'An authority is a `key`, a `keyless` identity or a `static` answer.',
  );
  if (typeof authority !== 'object' || authority === null) return;
  const has = (key: string): boolean => Object.hasOwn(authority, key);
  if (has('static')) {
    for (const key of ['attestations', 'source', 'ctlog', 'rfc3161timestamp'].filter(has)) {
      addFault(context, { message: `\`${key}\` does not go with \`static\`` }, [key]);
    }
  }
  if (has('key') && Reflect.get(authority, 'signatureFormat') === 'bundle') {
    addFault(
      context,
      {
        message: '`signatureFormat: bundle` goes with `keyless` only',
        hint: 'Leave it out: Lazaret reads signatures in every format.',
      },
      ['signatureFormat'],
    );
  }
}
