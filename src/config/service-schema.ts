import { z } from 'zod';
import { addFault } from '../kit/schema-fields.ts';
import type { Secret } from '../kit/secret.ts';
import { ALWAYS, checkOneOf, secretFileField, secretTextField, secretVariableField, textField } from './fields.ts';
import type { Outside } from './outside.ts';
import { createTlsSchema, type TlsConfig } from './tls-schema.ts';

/** The one HTTP server. */
export interface HttpConfig {
  readonly host: string;
  readonly port: number;
  /** Bearer token of the API. */
  readonly token?: Secret;
  readonly allowedHosts: readonly string[];
  readonly tls?: TlsConfig;
}

/** A database or queue of one's own. */
export interface ServiceConfig {
  /** Holds the password too. */
  readonly url: Secret;
}

/** The schema of `http`. */
export function createHttpSchema(outside: Outside) {
  return z
    .strictObject({
      host: textField('Address to listen on: `127.0.0.1` for this machine only, `0.0.0.0` for all.').default(
        '127.0.0.1',
      ),
      port: z.int().min(0).max(65_535).default(8080).describe('Port to listen on; 0 takes any free one.'),
      tokenFile: secretFileField(outside, 'the bearer token of the API').optional(),
      tokenEnv: secretVariableField(outside, 'the bearer token of the API').optional(),
      allowedHosts: z
        .array(z.string().min(1))
        .default([])
        .describe('More names under which the API may be called when it listens on loopback without a token.'),
      tls: createTlsSchema(outside).optional(),
    })
    .superRefine(
      (written, context) =>
        checkOneOf(written, context, ['tokenFile', 'tokenEnv'], { required: false, what: 'the token' }),
      ALWAYS,
    )
    .transform(({ host, port, allowedHosts, tokenFile, tokenEnv, tls }): HttpConfig => {
      const token = tokenFile ?? tokenEnv;
      return { host, port, allowedHosts, ...(token !== undefined && { token }), ...(tls !== undefined && { tls }) };
    });
}

/** The schema of `postgres` or `redis`: an address that may hold a password. */
export function createServiceSchema(outside: Outside, protocols: readonly string[], example: string) {
  const check = (address: Secret, context: z.core.$RefinementCtx): void => {
    if (protocols.includes(URL.parse(address.reveal())?.protocol ?? '')) return;
    addFault(context, { message: `expected an address such as ${example}` });
  };
  const what = `the address with user and password, such as \`${example}\``;
  return z
    .strictObject({
      url: secretTextField(`Address, such as \`${example}\`; with a password rather use \`urlFile\`.`)
        .superRefine(check)
        .optional(),
      urlFile: secretFileField(outside, what).superRefine(check).optional(),
      urlEnv: secretVariableField(outside, what).superRefine(check).optional(),
    })
    .superRefine(
      (written, context) =>
        checkOneOf(written, context, ['url', 'urlFile', 'urlEnv'], { required: true, what: 'the address' }),
      ALWAYS,
    )
    .transform(({ url, urlFile, urlEnv }, context): ServiceConfig => {
      const address = url ?? urlFile ?? urlEnv;
      if (address !== undefined) return { url: address };
      addFault(context, { message: 'expected an address' });
      return z.NEVER;
    });
}
