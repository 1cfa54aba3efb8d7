import type { X509Certificate } from 'node:crypto';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { AcceptedCertificates } from '../../domain/webhook-authentication.ts';
import type { Renewable } from '../../kit/renewable.ts';
import { KNOWN, type SenderCheck, unknown } from './sender.ts';

/** The certificate at the other end, if the server has found a path from it to an authority. */
export function peerCertificate(socket: Socket): X509Certificate | undefined {
  // A resumed session counts as authorized also where there was never a certificate in it.
  return socket instanceof TLSSocket && socket.authorized ? socket.getPeerX509Certificate() : undefined;
}

/** Creates the check of the names in a client's certificate: one of them must be among those accepted, whole. */
export function createCertificateCheck(accepted: Renewable<AcceptedCertificates>, clock: () => Date): SenderCheck {
  return {
    kind: 'sender',
    judge({ certificate }) {
      if (certificate === undefined) return unknown('it has no certificate of an authority that is configured');
      // The path was checked when the connection was made, which may have been long ago.
      if (certificate.validToDate < clock()) return unknown('its certificate has ended');
      const { dnsNames, uris, commonNames } = accepted.current;
      const names = readAlternativeNames(certificate.subjectAltName ?? '');
      const isAccepted =
        names.some(({ kind, name }) => kind === 'DNS' && dnsNames.includes(name.toLowerCase())) ||
        names.some(({ kind, name }) => kind === 'URI' && uris.includes(name)) ||
        commonNames.includes(readCommonName(certificate) ?? '');
      return isAccepted ? KNOWN : unknown('its certificate is for another name');
    },
  };
}

interface AlternativeName {
  readonly kind: string;
  readonly name: string;
}

/** One entry as Node writes it; what could be taken for the next entry is a JSON string (nodejs.org, `subjectAltName`). */
const ENTRY = /([A-Za-z][A-Za-z ]*):("(?:[^"\\]|\\.)*"|[^",]*)(?:, |$)/y;

/** The names in `subjectAltName`; none at all where a part of it cannot be read. */
export function readAlternativeNames(text: string): readonly AlternativeName[] {
  const names: AlternativeName[] = [];
  const entry = new RegExp(ENTRY);
  while (entry.lastIndex < text.length) {
    const [, kind = '', written = ''] = entry.exec(text) ?? [];
    const name = written.startsWith('"') ? unquote(written) : written;
    if (kind === '' || name === undefined) return [];
    names.push({ kind, name });
  }
  return names;
}

function unquote(text: string): string | undefined {
  try {
    return String(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function readCommonName(certificate: X509Certificate): string | undefined {
  const name: unknown = certificate.toLegacyObject().subject.CN;
  // Of several nobody knows which one counts.
  return typeof name === 'string' ? name : undefined;
}
