import { X509Certificate } from '@sigstore/core';
import { TrustedRoot } from '@sigstore/protobuf-specs';
import { toTrustMaterial } from '@sigstore/verify';
import type { InputIssue } from '../../kit/errors.ts';
import type { Json } from '../../kit/json.ts';
import { valueAt } from '../../kit/json-path.ts';

const LOGS = ['tlogs', 'ctlogs'] as const;
const AUTHORITIES = ['certificateAuthorities', 'timestampAuthorities'] as const;

/** Names the entries of a trusted root that cannot be read: the library tells of the whole document only. */
export function findUnreadable(root: Json): readonly InputIssue[] {
  const issues = [...LOGS, ...AUTHORITIES].flatMap((list) => {
    const entries = valueAt(root, list) ?? [];
    if (!Array.isArray(entries)) return [{ where: list, message: 'expected a list' }];
    return entries.flatMap((entry, at) => (isReadable(list, entry) ? [] : issuesOf(entry, `${list}[${at}]`)));
  });
  if (issues.length > 0) return issues;
  return [{ where: 'document', message: 'expected a trusted root; a field of it has the wrong type' }];
}

function isReadable(list: string, entry: Json): boolean {
  try {
    const material = toTrustMaterial(TrustedRoot.fromJSON({ [list]: [entry] }), {});
    return [...material.certificateAuthorities, ...material.timestampAuthorities].every(
      ({ certChain }) => certChain.length > 0,
    );
  } catch {
    return false;
  }
}

function issuesOf(entry: Json, where: string): readonly InputIssue[] {
  const uri = valueAt(entry, 'uri') ?? valueAt(entry, 'baseUrl');
  const named = typeof uri === 'string' && uri !== '' ? ` (the entry of ${uri.slice(0, 200)})` : '';
  const certificates = valueAt(entry, 'certChain', 'certificates');
  if (!Array.isArray(certificates)) {
    const what = valueAt(entry, 'certChain') === undefined ? 'a public key in DER, base64, and a log id' : 'a chain';
    return [{ where, message: `expected ${what}, got one that cannot be read${named}` }];
  }
  const broken = certificates.flatMap((one, at) =>
    isCertificate(one) ? [] : [`${where}.certChain.certificates[${at}]`],
  );
  return (broken.length === 0 ? [where] : broken).map((place) => ({
    where: place,
    message: `expected a certificate in DER, base64, got one that cannot be read${named}`,
  }));
}

function isCertificate(written: Json): boolean {
  try {
    const bytes = valueAt(written, 'rawBytes');
    return typeof bytes === 'string' && X509Certificate.parse(Buffer.from(bytes, 'base64')).publicKey.length > 0;
  } catch {
    return false;
  }
}
