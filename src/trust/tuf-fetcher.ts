import { BaseFetcher } from 'tuf-js';
// The client takes 403 and 404 for "there is no newer root" only in errors of this class, which the package does not
// export.
import { DownloadHTTPError } from 'tuf-js/dist/error.js';
import { fetch } from 'undici';
import type { ProxyRules } from '../domain/proxy-rules.ts';
import { Egress } from '../egress/egress.ts';
import { explainProxyError } from '../egress/explain-proxy-error.ts';

/** Downloads the files of a TUF repository by the way out that is configured; the client's own knows no proxy. */
export class TufFetcher extends BaseFetcher {
  readonly #egress: Egress;
  readonly #timeoutMs: number;

  constructor(options: { readonly timeoutMs: number; readonly proxy: ProxyRules | undefined }) {
    super();
    this.#timeoutMs = options.timeoutMs;
    this.#egress = new Egress({
      proxy: options.proxy,
      agent: { pipelining: 1 },
      connect: { timeout: options.timeoutMs },
    });
  }

  /**
   * Downloads one file.
   * @throws {DownloadHTTPError} for an answer other than 2xx
   * @throws the error of the network; where a proxy is the cause, one that says what to do about it
   */
  override async fetch(url: string): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
    const { ok, status, body } = await this.#request(url);
    // Tries again are spread over minutes by whoever calls; quick ones only hold up a stop.
    if (!ok || body === null) throw new DownloadHTTPError('Failed to download', status);
    return body;
  }

  async close(): Promise<void> {
    await this.#egress.destroy();
  }

  async #request(url: string) {
    try {
      const signal = AbortSignal.timeout(this.#timeoutMs);
      return await fetch(url, { headers: { 'user-agent': 'lazaret' }, dispatcher: this.#egress, signal });
    } catch (error) {
      const proxy = this.#egress.proxyFor(new URL(url));
      const trouble = proxy === undefined ? undefined : explainProxyError(error, proxy, new URL(url).host);
      throw trouble === undefined ? error : new Error(trouble.message);
    }
  }
}
