import { z } from 'zod';
import { textSchema } from '../../kit/schema-fields.ts';
import { base64Schema, checkExactlyOne, metadataSchema, unsupported, urlSchema } from './fields.ts';

const log = z.strictObject({
  baseURL: urlSchema,
  hashAlgorithm: z
    .string()
    .refine((text) => /^sha[-_]?2?[-_]?256$/i.test(text), 'expected sha256, the only hash of these logs'),
  publicKey: base64Schema.describe('the public key of the log: PEM, in base64'),
});

const authority = z.strictObject({
  subject: z.strictObject({ organization: textSchema, commonName: textSchema }),
  uri: urlSchema,
  certChain: base64Schema.describe('the chain of certificates, the root last: PEM, in base64'),
});

const OVER_THE_NETWORK =
  'Take this document out. `trustRootRef` finds the trust roots of the configuration: `github` is always there, and another is configured under `trust:` with `tuf:` and this name.';

/** The schema of policy-controller's `TrustRoot`. */
export const trustRootSchema = z.strictObject({
  apiVersion: z.literal('policy.sigstore.dev/v1alpha1'),
  kind: z.literal('TrustRoot'),
  metadata: metadataSchema,
  spec: z
    .strictObject({
      sigstoreKeys: z
        .strictObject({
          certificateAuthorities: z.array(authority).optional(),
          tLogs: z.array(log).optional(),
          ctLogs: z.array(log).optional(),
          timestampAuthorities: z.array(authority).optional(),
        })
        .refine((keys) => Object.values(keys).some((list) => list !== undefined && list.length > 0), {
          error: 'expected at least one key or certificate',
          params: { hint: 'Give `certificateAuthorities`, `tLogs`, `ctLogs` or `timestampAuthorities`.' },
        })
        .optional(),
      trustedRootJSON: base64Schema.describe('a trusted_root.json, in base64').optional(),
      remote: unsupported('`remote` (a TUF mirror)', OVER_THE_NETWORK),
      repository: unsupported('`repository` (a packed TUF repository)', OVER_THE_NETWORK),
    })
    .superRefine(
      (spec, context) =>
        checkExactlyOne(
          spec,
          ['sigstoreKeys', 'trustedRootJSON', 'remote', 'repository'],
          context,
          'Give the keys and certificates themselves as `sigstoreKeys`.',
        ),
      { when: () => true },
    ),
  status: z.unknown().optional(),
});

export type WrittenTrustRoot = z.output<typeof trustRootSchema>;
export type WrittenLog = z.output<typeof log>;
export type WrittenAuthority = z.output<typeof authority>;
