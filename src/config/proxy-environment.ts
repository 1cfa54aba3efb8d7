import { InvalidInputError } from '../kit/errors.ts';
import { Secret } from '../kit/secret.ts';
import type { Environment } from './outside.ts';
import { isProxyAddress, type ProxyConfig } from './proxy-schema.ts';

/**
 * The proxies that `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` name, in lower case or upper, which counts where both are
 * set as it does for curl and Node: the lower. `undefined` if they name none.
 * @throws {InvalidInputError} `CONFIG_INVALID` for an address that is none of an HTTP proxy
 */
export function parseProxyEnvironment(environment: Environment): ProxyConfig | undefined {
  const [http, https] = ['http_proxy', 'https_proxy'].map((name) => parseAddress(name, environment));
  if (http === undefined && https === undefined) return undefined;
  const except = (settingOf('no_proxy', environment)?.value ?? '').split(/[\s,]+/).filter((entry) => entry !== '');
  return { ...(http && { http }), ...(https && { https }), except, origin: 'environment' };
}

function parseAddress(name: string, environment: Environment): Secret | undefined {
  const set = settingOf(name, environment);
  if (set === undefined) return undefined;
  // Many write only host and port; curl and Go read that as http.
  const address = set.value.includes('://') ? set.value : `http://${set.value}`;
  if (isProxyAddress(address)) return new Secret(address);
  // The value may hold a password.
  throw new InvalidInputError('CONFIG_INVALID', `the environment variable ${set.name} names no HTTP proxy`, [
    {
      where: set.name,
      message: 'expected the address of an HTTP proxy such as http://proxy.example.com:3128',
      hint: 'SOCKS is not spoken. `proxy: none` in the configuration ignores the environment.',
    },
  ]);
}

function settingOf(
  name: string,
  environment: Environment,
): { readonly name: string; readonly value: string } | undefined {
  return [name, name.toUpperCase()].flatMap((each) => {
    const value = environment[each]?.trim() ?? '';
    return value === '' ? [] : [{ name: each, value }];
  })[0];
}
