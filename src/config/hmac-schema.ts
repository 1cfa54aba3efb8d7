import { z } from 'zod';
import type { BodySignature, SignedAuthentication } from '../domain/webhook-authentication.ts';
import { addFault } from '../kit/schema-fields.ts';
import type { Secret } from '../kit/secret.ts';
import { ALWAYS, checkOneOf, headerNameField, oneOrMore, secretFilesField, secretVariableField } from './fields.ts';
import type { Outside } from './outside.ts';

/** A signature as it is written: what is left out follows from the dialect. */
export interface WrittenSignature {
  readonly kind: 'hmac';
  readonly written: Partial<BodySignature>;
  readonly secrets: readonly Secret[];
}

/** What GitHub, Gitea and Forgejo send, and most who copied them. */
const USUAL: BodySignature = { header: 'X-Hub-Signature-256', format: 'prefixed', algorithm: 'sha256' };

// https://help.sonatype.com/en/working-with-hmac-payloads.html and JFrog's "use secret for payload signing".
const BY_DIALECT: Readonly<Record<string, BodySignature>> = {
  nexus: { header: 'X-Nexus-Webhook-Signature', format: 'hex', algorithm: 'sha1' },
  artifactory: { header: 'X-JFrog-Event-Auth', format: 'hex', algorithm: 'sha256' },
};

/** The schema of `hmac`. */
export function createHmacSchema(outside: Outside) {
  return z
    .strictObject({
      header: headerNameField
        .optional()
        .describe(
          'Header that carries the signature. Default: `X-Hub-Signature-256`; of the dialect `nexus` ' +
            '`X-Nexus-Webhook-Signature`, of `artifactory` `X-JFrog-Event-Auth`.',
        ),
      format: z
        .enum(['prefixed', 'hex'])
        .optional()
        .describe(
          '`prefixed`: `sha256=` and the hex digits; `hex`: the digits alone. Default: `prefixed`; of `nexus` and ' +
            '`artifactory` `hex`.',
        ),
      algorithm: z
        .enum(['sha256', 'sha1'])
        .optional()
        .describe('`sha1` is for the dialect `nexus` only, which offers nothing else. Default: `sha256`.'),
      secretFile: secretFilesField(outside, 'the shared secret').optional(),
      secretEnv: secretVariableField(outside, 'the shared secret').optional(),
    })
    .superRefine(
      (written, context) =>
        checkOneOf(written, context, ['secretFile', 'secretEnv'], { required: true, what: 'the shared secret' }),
      ALWAYS,
    )
    .describe('HMAC-SHA256 over the body as it was sent.')
    .transform(({ header, format, algorithm, secretFile, secretEnv }): WrittenSignature => {
      const written = {
        ...(header !== undefined && { header }),
        ...(format !== undefined && { format }),
        ...(algorithm !== undefined && { algorithm }),
      };
      return { kind: 'hmac', written, secrets: oneOrMore(secretFile, secretEnv) };
    });
}

/** Completes a signature by what the vendor of this dialect does; a weaker one than he could make is a fault. */
export function completeSignature(
  { written, secrets }: WrittenSignature,
  dialect: string,
  context: z.core.$RefinementCtx,
): SignedAuthentication {
  const usual = BY_DIALECT[dialect] ?? USUAL;
  const signature = { ...usual, ...written };
  if (signature.algorithm === 'sha1' && usual.algorithm !== 'sha1') {
    addFault(context, { message: `SHA-1 is for the dialect nexus only, got ${dialect}`, hint: NO_SHA1 }, [
      'hmac',
      'algorithm',
    ]);
  }
  return { kind: 'hmac', ...signature, secrets };
}

const NO_SHA1 = 'Only Nexus has nothing better than HMAC-SHA1. Let the sender sign with SHA-256.';
