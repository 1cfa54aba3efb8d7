import type { CertificateIdentity } from '../../domain/finding.ts';
import { overLimit } from '../check/refusal.ts';
import { LIMITS } from '../limits.ts';
import { type ExtensionValues, unsuitable } from './certificate-extensions.ts';
import { parseTlv } from './parse-tlv.ts';

const SUBJECT_ALT_NAME = '2.5.29.17';
// Fulcio's user name: https://github.com/sigstore/fulcio/blob/main/docs/oid-info.md
const USER_NAME = Buffer.from('060a2b0601040183bf300107', 'hex');

const KINDS: Readonly<Record<number, CertificateIdentity['kind']>> = { 129: 'email', 130: 'dns', 134: 'uri' };
const OTHER_NAME = 0xa0;

/**
 * Reads every subject alternative name: a signer may have several, and the library sees one.
 * @throws {Refusal} `CERTIFICATE_UNSUITABLE` for none, or for bytes beyond ASCII, which could imitate other letters.
 */
export function parseIdentities(extensions: ExtensionValues): readonly CertificateIdentity[] {
  const value = extensions.get(SUBJECT_ALT_NAME);
  if (value === undefined) throw unsuitable('it does not say whom it was issued to');
  const identities: CertificateIdentity[] = [];
  const list = parseTlv(value, 0);
  if (list.tag !== 0x30 || list.end !== value.length) throw unsuitable('its names cannot be read');
  for (let at = list.start; at < list.end; ) {
    const { tag, start, end } = parseTlv(value, at);
    if (end > list.end) throw unsuitable('its names cannot be read');
    const content = value.subarray(start, end);
    const kind = KINDS[tag];
    if (kind !== undefined) identities.push({ kind, value: parseName(content) });
    const userName = tag === OTHER_NAME ? parseUserName(content) : undefined;
    if (userName !== undefined) identities.push({ kind: 'other', value: userName });
    at = end;
  }
  if (identities.length === 0) throw unsuitable('it does not say whom it was issued to');
  return identities;
}

function parseUserName(content: Buffer): string | undefined {
  if (!content.subarray(0, USER_NAME.length).equals(USER_NAME)) return undefined;
  const wrapped = parseTlv(content, USER_NAME.length);
  const text = parseTlv(content, wrapped.start);
  const isExact = wrapped.tag === 0xa0 && wrapped.end === content.length && text.end === content.length;
  if (!isExact || text.tag !== 0x0c) throw unsuitable('its user name cannot be read');
  return parseName(content.subarray(text.start, text.end));
}

function parseName(bytes: Buffer): string {
  if (bytes.length > LIMITS.identityLength)
    throw overLimit('characters in a name', LIMITS.identityLength, bytes.length);
  if (bytes.length === 0) throw unsuitable('one of its names is empty');
  if (bytes.some((byte) => byte > 0x7e || byte < 0x20)) throw unsuitable('one of its names is not plain ASCII');
  return bytes.toString('latin1');
}
