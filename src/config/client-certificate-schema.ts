import { z } from 'zod';
import type { WebhookAuthentication } from '../domain/webhook-authentication.ts';
import { Renewable } from '../kit/renewable.ts';
import { addFault } from '../kit/schema-fields.ts';
import { ALWAYS, oneOrMoreTexts } from './fields.ts';

/** The schema of `clientCertificate`. */
export const clientCertificateSchema = z
  .strictObject({
    dnsName: oneOrMoreTexts.optional().describe('A DNS name the certificate is for, whole; or several.'),
    uri: oneOrMoreTexts.optional().describe('A URI it is for, such as a SPIFFE id; or several.'),
    commonName: oneOrMoreTexts
      .optional()
      .describe('Its common name, where it has no other; or several. Only one of all these names has to be there.'),
  })
  .superRefine(checkNames, ALWAYS)
  .describe("The client's own certificate, of an authority in `http.tls.clientCaFile`.")
  .transform(({ dnsName, uri, commonName }): WebhookAuthentication => {
    const accepted = { dnsNames: dnsName ?? [], uris: uri ?? [], commonNames: commonName ?? [] };
    return { kind: 'clientCertificate', accepted: new Renewable(accepted) };
  });

function checkNames(written: unknown, context: z.core.$RefinementCtx): void {
  if (typeof written !== 'object' || written === null || Object.keys(written).length > 0) return;
  addFault(context, {
    message: 'expected `dnsName`, `uri` or `commonName`',
    hint: 'Without a name every certificate of the authority would do.',
  });
}
