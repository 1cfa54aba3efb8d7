// The room `registry/labels`: marks that some registries hang on an image beside its tags.

import { FaultError } from '../../kit/errors.ts';
import { parseJson } from '../../kit/parse-json.ts';
import { basicHeader } from '../auth/credential.ts';
import type { CredentialSource } from '../auth/credential-source.ts';
import type { RegistryClient } from '../registry-client.ts';
import { type RegistryReply, replyFault } from '../registry-fault.ts';

/** Asks the API of a Harbor about one repository, as a robot or a user with the CLI secret. */
export interface HarborApi {
  send(request: HarborRequest, signal?: AbortSignal): Promise<RegistryReply>;
  /** The answer as JSON. `what` reads after "expected". @throws {FaultError} `REGISTRY_RESPONSE_INVALID` */
  read(reply: RegistryReply, what: string): unknown;
  /** An answer that is not what was asked for. `what` reads after "for". */
  fault(reply: RegistryReply, what: string): FaultError;
  /** An answer of another shape than the API's. `what` reads after "expected". */
  invalid(what: string, cause?: unknown): FaultError;
}

export interface HarborRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Behind `/api/v2.0/`, encoded. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: object;
  /** Whose turn it takes. */
  readonly repository: string;
}

export interface HarborApiOptions {
  /** Speaks to the API's origin and shows nothing by itself. */
  readonly client: RegistryClient;
  readonly credentials: CredentialSource;
}

/** A page of a hundred labels has 40 KiB, an artifact with all its tags some hundred. */
const MAX_BYTES = 1024 * 1024;

/** Creates it. Who shows a user and a password and no session needs no token against forged requests. */
export function createHarborApi({ client, credentials }: HarborApiOptions): HarborApi {
  const { host } = client;
  const invalid = (what: string, cause?: unknown): FaultError =>
    new FaultError('REGISTRY_RESPONSE_INVALID', `${host}: expected ${what}, got something else`, {
      retryable: false,
      hint: 'Check `kind` and `apiUrl` of this registry.',
      ...(cause !== undefined && { cause }),
    });
  return {
    async send({ method, path, query = {}, body, repository }, signal) {
      const url = new URL(`/api/v2.0/${path}`, client.base);
      url.search = new URLSearchParams(query).toString();
      const credential = await credentials.read(repository);
      const authorization = credential.kind === 'basic' ? basicHeader(credential) : undefined;
      const headers = {
        accept: 'application/json',
        // Else a project whose name is a number is taken for its id.
        'x-is-resource-name': 'true',
        ...(authorization !== undefined && { authorization }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      };
      const bytes = body === undefined ? {} : { body: Buffer.from(JSON.stringify(body)) };
      // No repository: the token of distribution's API is not this API's.
      const reply = await client.send({ method, url, actions: [], headers, ...bytes, maxBytes: MAX_BYTES }, signal);
      if (reply.status === 401 && authorization !== undefined) credentials.forget(authorization);
      return { ...reply, isAnonymous: authorization === undefined };
    },
    read(reply, what) {
      try {
        return parseJson(reply.body);
      } catch (cause) {
        throw invalid(what, cause);
      }
    },
    fault: (reply, what) => replyFault(reply, host, what),
    invalid,
  };
}
