import { createIssuerReader } from '../../compose/issuer-reader.ts';
import type { Config } from '../../config/config.ts';
import type { WebhookSourceConfig } from '../../config/source-config.ts';
import type { TokenAuthentication } from '../../domain/webhook-authentication.ts';
import { type CheckResult, ok } from './check.ts';

/**
 * Says where a receiver listens and how it knows its sender; what that rests on elsewhere is asked.
 * @throws {FaultError} `ISSUER_UNAVAILABLE`
 */
export async function describeSender(
  { id, authentication }: WebhookSourceConfig,
  { http, proxy }: Pick<Config, 'http'> & { readonly proxy: Config['proxy'] | undefined },
): Promise<CheckResult> {
  // Its path may be its secret, so it is not printed.
  const path = authentication.kind === 'path' ? '<its secret path>' : id;
  const plain = `http://${http.host}:${http.port}/webhooks/${path}`;
  const secure = http.tls === undefined ? '' : `https://${http.tls.host}:${http.tls.port}/webhooks/${path}`;
  // A certificate is shown by TLS alone.
  const places = authentication.kind === 'clientCertificate' ? secure : [plain, secure].filter(Boolean).join(' and ');
  const where = `will listen at ${places}; the registry must be told to call it`;
  return authentication.kind === 'oidc' ? ok(`${where}; ${await describeKeys(authentication, proxy)}`) : ok(where);
}

async function describeKeys(issuer: TokenAuthentication, proxy: Config['proxy'] | undefined): Promise<string> {
  const { readIssuerKeys } = await import('../../sources/webhook/issuer-keys.ts');
  const reader = createIssuerReader(issuer, proxy);
  try {
    const { keys } = await readIssuerKeys(issuer.issuer, reader.read);
    return `${issuer.issuer} signs its tokens, with ${keys.length} ${keys.length === 1 ? 'key' : 'keys'}`;
  } finally {
    await reader.close();
  }
}
