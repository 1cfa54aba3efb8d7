import { z } from 'zod';
import type { TokenAuthentication } from '../domain/webhook-authentication.ts';
import { Renewable } from '../kit/renewable.ts';
import { addFault } from '../kit/schema-fields.ts';
import { ALWAYS, fileField, oneOrMoreTexts } from './fields.ts';
import type { Outside } from './outside.ts';

/** The schema of `oidc`. */
export function createOidcSchema(outside: Outside) {
  return z
    .strictObject({
      issuer: z
        .string()
        .superRefine(checkIssuer)
        .describe('Who signs the tokens, as `iss` says it, such as `https://accounts.google.com`.'),
      audience: oneOrMoreTexts.describe('What `aud` must be; a list while it is being changed.'),
      email: oneOrMoreTexts
        .optional()
        .describe('What `email` must be, with `email_verified`: the service account of a Pub/Sub subscription.'),
      subject: oneOrMoreTexts.optional().describe('What `sub` must be.'),
      caFile: fileField(
        outside,
        'PEM file of certificates to trust besides those of the system, for the issuer.',
      ).optional(),
    })
    .superRefine(checkIdentity, ALWAYS)
    .describe('A token of an OIDC issuer, sent as `Authorization: Bearer`: Google Pub/Sub, Event Grid, Chainguard.')
    .transform(({ issuer, audience, email, subject, caFile }): TokenAuthentication => {
      const accepted = new Renewable({ audiences: audience, emails: email ?? [], subjects: subject ?? [] });
      return { kind: 'oidc', issuer, accepted, ...(caFile !== undefined && { ca: caFile }) };
    });
}

// OpenID Connect Discovery 1.0 §2: a URL with the scheme https, and without query and fragment.
function checkIssuer(issuer: string, context: z.core.$RefinementCtx): void {
  const url = URL.parse(issuer);
  const isPlain = url !== null && url.username === '' && url.password === '' && !/[?#\s]/.test(issuer);
  if (isPlain && url.protocol === 'https:') return;
  addFault(context, {
    message: 'expected the issuer as its tokens name it, such as https://accounts.google.com',
    hint: 'It begins with https:// and has neither a user nor a query.',
  });
}

function checkIdentity(written: unknown, context: z.core.$RefinementCtx): void {
  if (typeof written !== 'object' || written === null) return;
  if (Object.hasOwn(written, 'email') || Object.hasOwn(written, 'subject')) return;
  addFault(context, {
    message: 'expected `email` or `subject`',
    hint: 'Whoever has an account at the issuer gets tokens for any audience: an audience alone names nobody.',
  });
}
