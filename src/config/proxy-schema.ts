import { z } from 'zod';
import type { ProxyRules } from '../domain/proxy-rules.ts';
import { addFault } from '../kit/schema-fields.ts';
import type { Secret } from '../kit/secret.ts';
import { ALWAYS, checkOneOf, secretFileField, secretTextField, secretVariableField } from './fields.ts';
import type { Outside } from './outside.ts';

/** Which way requests go out, and who said so. */
export interface ProxyConfig extends ProxyRules {
  readonly origin: 'configuration' | 'environment';
}

/** The schema of `proxy`. */
export function createProxySchema(outside: Outside) {
  const what = 'the address with user and password, such as `http://user:password@proxy.example.com:3128`';
  const written = z
    .strictObject({
      url: secretTextField(
        'Address of the proxy, such as `http://proxy.example.com:3128`; with a password rather use `urlFile`.',
      )
        .superRefine(checkAddress)
        .optional(),
      urlFile: secretFileField(outside, what).superRefine(checkAddress).optional(),
      urlEnv: secretVariableField(outside, what).superRefine(checkAddress).optional(),
      except: z
        .array(z.string().regex(/^[^\s,]+$/, 'expected one host, network or domain'))
        .default([])
        .describe(
          'What is reached directly, as in `NO_PROXY`: a domain with all below it, an address, a network such as ' +
            '`10.0.0.0/8` (for addresses as they are written), each maybe with a port. This machine always is.',
        ),
    })
    .superRefine(
      (entry, context) =>
        checkOneOf(entry, context, ['url', 'urlFile', 'urlEnv'], { required: true, what: 'the address' }),
      ALWAYS,
    )
    .transform(({ url, urlFile, urlEnv, except }, context): ProxyConfig => {
      const address = url ?? urlFile ?? urlEnv;
      if (address !== undefined) return { http: address, https: address, except, origin: 'configuration' };
      addFault(context, { message: 'expected an address' });
      return z.NEVER;
    });
  return z.union([z.literal('none').transform((): ProxyConfig => ({ except: [], origin: 'configuration' })), written]);
}

function checkAddress(address: Secret, context: z.core.$RefinementCtx): void {
  if (isProxyAddress(address.reveal())) return;
  addFault(context, { message: EXPECTED, hint: 'SOCKS is not spoken.' });
}

const EXPECTED = 'expected the address of an HTTP proxy such as http://proxy.example.com:3128';

/** Whether this is the URL of an HTTP proxy, by TLS or not: scheme, host, port, maybe a user. */
export function isProxyAddress(text: string): boolean {
  const url = URL.parse(text);
  return (
    url !== null && (url.protocol === 'http:' || url.protocol === 'https:') && url.pathname === '/' && url.search === ''
  );
}
