import type { X509Certificate } from 'node:crypto';
import type { Config } from '../../config/config.ts';
import { readPemCertificates } from '../../kit/pem-certificates.ts';
import { type Check, type CheckResult, fail, ok, warn } from './check.ts';
import { tryToListen } from './check-port.ts';

const DAY_MS = 86_400_000;
/** Renewed by a program a certificate has a third of its life left: of ninety days thirty. */
const SOON_DAYS = 14;

/** Whether the port for deliveries by TLS could be used, and until when its certificates hold; none where there is none. */
export function checkTls({ http }: Pick<Config, 'http'>, clock: () => Date = () => new Date()): readonly Check[] {
  const { tls } = http;
  if (tls === undefined) return [];
  const clientCa = tls.clientCa === undefined ? [] : readPemCertificates(tls.clientCa.reveal());
  return [
    { name: 'TLS port', run: (signal) => tryToListen(tls, 'http.tls.port', { main: http, signal }) },
    {
      name: 'TLS certificates',
      run: async () =>
        judge(
          [
            ...readPemCertificates(tls.cert.reveal()).map(named('http.tls.certFile')),
            ...clientCa.map(named('http.tls.clientCaFile')),
          ],
          clock(),
        ),
    },
  ];
}

interface Named {
  readonly key: string;
  readonly until: Date;
}

const named =
  (key: string) =>
  ({ validToDate: until }: X509Certificate): Named => ({ key, until });

function judge(certificates: readonly Named[], now: Date): CheckResult {
  const [first, ...others] = certificates.toSorted((a, b) => a.until.getTime() - b.until.getTime());
  if (first === undefined) return fail('there is no certificate', 'Check `http.tls.certFile`.');
  const { key, until } = first;
  const days = Math.floor((until.getTime() - now.getTime()) / DAY_MS);
  const advice = `Renew it, and run: lazaret reload`;
  if (days < 0) return fail(`a certificate in ${key} ended on ${until.toISOString()}`, advice);
  if (days < SOON_DAYS) return warn(`a certificate in ${key} ends in ${days} days (${until.toISOString()})`, advice);
  return ok(`${others.length + 1} certificates; the first ends in ${days} days (${key})`);
}
