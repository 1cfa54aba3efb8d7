import { createServer } from 'node:https';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { makeCertificate } from '../certificate.ts';

/** An OIDC issuer on this machine, by https with a certificate of its own, that counts what it is asked. */
export interface TestIssuer {
  /** As `iss` has it. */
  readonly issuer: string;
  /** PEM. */
  readonly ca: string;
  readonly port: number;
  /** The paths it was asked for. */
  readonly asked: string[];
  /** What it answers instead of the truth, by path; `null` breaks the connection. */
  readonly instead: Map<string, string | null>;
  /** Signs with the newest key. `header` and `claims` replace what is usual. */
  sign(claims: JWTPayload, header?: Readonly<Record<string, unknown>>): Promise<string>;
  /** Takes another key into use, and forgets the old one. */
  rotate(): Promise<void>;
  stop(): Promise<void>;
}

/** The path of the discovery document. */
export const DISCOVERY = '/.well-known/openid-configuration';
/** The path of the keys. */
export const KEYS = '/keys';

/** Starts it; `name` is one that only a proxy can find. */
export async function startTokenIssuer({ name }: { readonly name?: string } = {}): Promise<TestIssuer> {
  const { cert, key } = makeCertificate([name ?? '127.0.0.1']);
  const asked: string[] = [];
  const instead = new Map<string, string | null>();
  let current = await makeKey('key-1');
  let issuer = '';
  const server = createServer({ cert, key }, (request, response) => {
    const path = request.url ?? '';
    asked.push(path);
    const other = instead.get(path);
    if (other === null) return void request.socket.destroy();
    const documents: Readonly<Record<string, unknown>> = {
      [DISCOVERY]: { issuer, jwks_uri: `${issuer}${KEYS}` },
      [KEYS]: { keys: [current.jwk] },
    };
    response.end(other ?? JSON.stringify(documents[path] ?? {}));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  issuer = name === undefined ? `https://127.0.0.1:${port}` : `https://${name}`;
  let count = 1;
  return {
    issuer,
    ca: cert,
    port,
    asked,
    instead,
    sign: (claims, header = {}) =>
      new SignJWT(claims)
        .setProtectedHeader({ alg: 'ES256', kid: current.jwk.kid, ...header })
        .sign(current.privateKey),
    async rotate() {
      count += 1;
      current = await makeKey(`key-${count}`);
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function makeKey(kid: string) {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  return { privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg: 'ES256', use: 'sig' } };
}
