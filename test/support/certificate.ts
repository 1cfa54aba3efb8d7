import { createSign, generateKeyPairSync, randomBytes } from 'node:crypto';
import { isIPv4 } from 'node:net';

export interface TestCertificate {
  /** PEM; self-signed, so it is also what a client must be told to trust. */
  readonly cert: string;
  /** PEM, PKCS #8. */
  readonly key: string;
}

/** How a certificate of a test differs from the usual. */
interface CertificateOptions {
  /** From now. */
  readonly days?: number;
  readonly name?: string;
  readonly curve?: string;
}

const DAY_MS = 86_400_000;

/**
 * A throw-away P-256 certificate for servers on this machine, valid from yesterday for a month or for as many days from
 * now as told (RFC 5280, by hand). What is neither an address nor a name is a URI.
 */
export function makeCertificate(
  hosts: readonly string[] = ['127.0.0.1', 'localhost'],
  { days = 30, name: commonName = 'Lazaret test', curve = 'P-256' }: CertificateOptions = {},
): TestCertificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: curve });
  const name = sequence(set(sequence(oid('550403'), der(0x0c, Buffer.from(commonName)))));
  const algorithm = sequence(oid('2a8648ce3d040302'));
  const now = Date.now();
  const body = sequence(
    der(0xa0, integer(Buffer.from([2]))),
    integer(Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    algorithm,
    name,
    sequence(time(now - DAY_MS), time(now + days * DAY_MS)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(basicConstraints(), alternativeNames(hosts))),
  );
  const signature = createSign('sha256').update(body).sign(privateKey);
  const whole = sequence(body, algorithm, der(0x03, Buffer.from([0]), signature));
  // Lines of 64 at most, and none that is empty: OpenSSL does not read that.
  const base64 = whole
    .toString('base64')
    .match(/.{1,64}/g)
    ?.join('\n');
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

function basicConstraints(): Buffer {
  const isAuthority = der(0x01, Buffer.from([0xff]));
  return sequence(oid('551d13'), isAuthority, der(0x04, sequence(isAuthority)));
}

function alternativeNames(hosts: readonly string[]): Buffer {
  const names = hosts.map((host) => {
    if (isIPv4(host)) return der(0x87, Buffer.from(host.split('.').map(Number)));
    return der(host.includes('://') ? 0x86 : 0x82, Buffer.from(host));
  });
  return sequence(oid('551d11'), der(0x04, sequence(...names)));
}

function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

const sequence = (...parts: readonly Buffer[]): Buffer => der(0x30, ...parts);
const set = (...parts: readonly Buffer[]): Buffer => der(0x31, ...parts);
const integer = (value: Buffer): Buffer => der(0x02, value);
const oid = (hex: string): Buffer => der(0x06, Buffer.from(hex, 'hex'));

/** UTCTime, `YYMMDDHHMMSSZ`. */
function time(ms: number): Buffer {
  const digits = new Date(ms).toISOString().replace(/[-:T]/g, '').slice(2, 14);
  return der(0x17, Buffer.from(`${digits}Z`));
}
