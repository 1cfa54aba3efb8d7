import { FaultError } from '../../kit/errors.ts';
import { finishInTurns } from '../../kit/io/finish-in-turns.ts';
import { parseJsonInSteps } from '../../kit/parse-json.ts';
import type { Credential } from '../auth/credential.ts';
import type { CredentialSource } from '../auth/credential-source.ts';
import type { RegistryClient } from '../registry-client.ts';
import { type RegistryReply, replyFault } from '../registry-fault.ts';
import { INVENTORY_LIMITS } from './limits.ts';

/** What an API of a registry's own answered. */
export type ApiAnswer =
  | { readonly kind: 'ok'; readonly body: unknown }
  | { readonly kind: 'refused'; readonly reply: RegistryReply };

/** Reads from the API that one kind of registry has besides the distribution API. */
export interface ApiClient {
  readonly host: string;
  /** `what` reads after "expected". @throws {FaultError} `REGISTRY_*` */
  get(path: string, query: Readonly<Record<string, string>>, what: string, signal?: AbortSignal): Promise<ApiAnswer>;
  /** An answer that is not 200, as a fault. */
  fault(reply: RegistryReply, what: string): FaultError;
  /** An answer of another shape than the API's. */
  invalid(what: string, cause?: unknown): FaultError;
}

export interface ApiClientOptions {
  /** Speaks to the API's origin and shows nothing by itself. */
  readonly client: RegistryClient;
  readonly credentials: CredentialSource;
  /** How this API takes the credentials of the registry; `undefined`: it does not. */
  readonly authorize: (credential: Credential) => string | undefined;
}

/** Creates the client of one API. It shows its credentials unasked: such APIs send no challenge. */
export function createApiClient({ client, credentials, authorize }: ApiClientOptions): ApiClient {
  const { host } = client;
  const invalid = (what: string, cause?: unknown): FaultError =>
    new FaultError('REGISTRY_RESPONSE_INVALID', `${host}: expected ${what}, got something else`, {
      retryable: false,
      hint: 'Check `kind` and `apiUrl` of this registry.',
      ...(cause !== undefined && { cause }),
    });
  return {
    host,
    async get(path, query, what, signal) {
      const url = new URL(path, client.base);
      url.search = new URLSearchParams(query).toString();
      const authorization = authorize(await credentials.read(undefined));
      const headers = { accept: 'application/json', ...(authorization !== undefined && { authorization }) };
      const maxBytes = INVENTORY_LIMITS.pageBytes;
      const sent = await client.send(
        { method: 'GET', url, actions: [], headers, isBackground: true, maxBytes },
        signal,
      );
      const reply = { ...sent, isAnonymous: authorization === undefined };
      if (reply.status === 401 && authorization !== undefined) credentials.forget(authorization);
      if (reply.status !== 200) return { kind: 'refused', reply };
      try {
        return { kind: 'ok', body: await finishInTurns(parseJsonInSteps(reply.body)) };
      } catch (cause) {
        throw invalid(what, cause);
      }
    },
    fault: (reply, what) => replyFault(reply, host, what),
    invalid,
  };
}
