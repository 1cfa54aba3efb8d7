import type { X509Certificate } from '@sigstore/core';
import { Refusal } from '../check/refusal.ts';

const KEY_USAGE = '2.5.29.15';
const SUBJECT_ALT_NAME = '2.5.29.17';
const BASIC_CONSTRAINTS = '2.5.29.19';
export const EXTENDED_KEY_USAGE = '2.5.29.37';

// The extensions that the library or we evaluate. RFC 5280 §4.2: a certificate with any other critical extension must
// be refused.
const EVALUATED: readonly string[] = [KEY_USAGE, SUBJECT_ALT_NAME, BASIC_CONSTRAINTS, EXTENDED_KEY_USAGE];

export const CODE_SIGNING = '1.3.6.1.5.5.7.3.3';
export const ANY_PURPOSE = '2.5.29.37.0';
export const TIME_STAMPING = '1.3.6.1.5.5.7.3.8';

/** The extension values of a certificate (content of the octet string) by object identifier. */
export type ExtensionValues = ReadonlyMap<string, Buffer>;

/**
 * Reads the extensions of a certificate: none twice, none critical that nobody evaluates.
 * @throws {Refusal} `CERTIFICATE_UNSUITABLE`
 */
export function parseExtensions(certificate: X509Certificate): ExtensionValues {
  const values = new Map<string, Buffer>();
  for (const { subs } of certificate.extensions) {
    const [id, second, third] = subs;
    const value = third ?? second;
    if (id === undefined || value === undefined || subs.length > 3) throw unsuitable('an extension cannot be read');
    const oid = id.toOID();
    if (values.has(oid)) throw unsuitable(`the extension ${oid} appears twice`);
    const isCritical = third !== undefined && second?.toBoolean() === true;
    if (isCritical && !EVALUATED.includes(oid)) {
      throw unsuitable(`it has the critical extension ${oid}, which nobody here can evaluate`);
    }
    values.set(oid, value.value);
  }
  return values;
}

/** Whether a certificate may be used for this purpose (RFC 5280 §4.2.1.12). */
export function hasPurpose(certificate: X509Certificate, purpose: string): boolean {
  const usages = certificate.extension(EXTENDED_KEY_USAGE)?.valueObj.subs[0]?.subs ?? [];
  return usages.some((usage) => usage.tag.isOID() && usage.toOID() === purpose);
}

export function unsuitable(why: string, advice?: string): Refusal {
  return new Refusal('CERTIFICATE_UNSUITABLE', `The signer's certificate cannot be accepted: ${why}.`, { advice });
}
