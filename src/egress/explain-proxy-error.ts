import { errorCode } from '../kit/error-code.ts';
/** What went wrong between us and a proxy, or was said by it. */
export interface ProxyTrouble {
  /** A sentence that names the proxy and nothing secret. */
  readonly message: string;
  readonly hint: string;
  /** Whether it may go away by itself. */
  readonly retryable: boolean;
}

/** Of a request that goes by a proxy, only the proxy itself is dialled: these codes are about it. */
const NOT_DIALLED =
  /^(?:ECONNREFUSED|ENOTFOUND|EAI_\w+|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|UND_ERR_CONNECT_TIMEOUT|UND_ERR_PRX_\w+)$/;

/**
 * Says what is wrong with the proxy where that is why a request failed; `undefined` where it failed behind the proxy.
 * `proxy` and `host` are names with ports, for the words.
 */
export function explainProxyError(error: unknown, proxy: string, host: string): ProxyTrouble | undefined {
  const status = refusalOf(error);
  if (status === 407) {
    const hint = 'Write user and password into its address: http://user:password@proxy:3128 (`proxy.urlFile`).';
    return { message: `the proxy ${proxy} wants credentials, or other ones (407)`, hint, retryable: false };
  }
  if (status !== undefined) {
    const hint = `Ask whoever runs the proxy to let ${host} through, or name it in NO_PROXY (\`proxy.except\`).`;
    const message = `the proxy ${proxy} did not connect us to ${host} (${status})`;
    return { message, hint, retryable: status >= 500 || status === 429 };
  }
  const code = errorCode(error);
  if (code === undefined || !NOT_DIALLED.test(code)) return undefined;
  const hint = 'Check `proxy` of the configuration, or HTTPS_PROXY, HTTP_PROXY and NO_PROXY of the environment.';
  return { message: `the proxy ${proxy} could not be reached (${code})`, hint, retryable: true };
}

// undici says the status of a refused CONNECT in words only.
const REFUSED = /^Proxy response \((\d{3})\)|^Proxy Authentication Required \((407)\)/;

function refusalOf(error: unknown): number | undefined {
  if (!(error instanceof Error)) return undefined;
  const [, tunnel, forward] = REFUSED.exec(error.message) ?? [];
  const status = tunnel ?? forward;
  return status === undefined ? refusalOf(error.cause) : Number(status);
}
