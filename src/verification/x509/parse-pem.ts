/**
 * Decodes PEM (RFC 7468) that holds exactly one block with this label and nothing else; anything else is `undefined`.
 * A second block could name another signer than the one that is compared.
 */
export function parsePem(text: string, label: 'CERTIFICATE' | 'PUBLIC KEY'): Buffer | undefined {
  const trimmed = text.trim();
  const head = `-----BEGIN ${label}-----`;
  const foot = `-----END ${label}-----`;
  if (!trimmed.startsWith(head) || !trimmed.endsWith(foot)) return undefined;
  const base64 = trimmed.slice(head.length, -foot.length).replace(/[\r\n]/g, '');
  return /^[A-Za-z0-9+/]+={0,2}$/.test(base64) ? Buffer.from(base64, 'base64') : undefined;
}
