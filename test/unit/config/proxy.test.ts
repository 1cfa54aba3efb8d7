import { describe, expect, it } from 'vitest';
import { parseProxyEnvironment } from '../../../src/config/proxy-environment.ts';

const PROXY = 'http://user:canary@proxy.example:3128';

function read(environment: Readonly<Record<string, string>>) {
  const config = parseProxyEnvironment(environment);
  if (config === undefined) return undefined;
  const { http, https, except } = config;
  return { http: http?.reveal(), https: https?.reveal(), except };
}

describe('proxies of the environment', () => {
  it('are none where none is named', () => {
    expect(read({})).toBeUndefined();
    expect(read({ HTTPS_PROXY: '', https_proxy: ' ', NO_PROXY: 'a' })).toBeUndefined();
  });

  it('are read in upper case and in lower, which counts before', () => {
    expect(read({ HTTPS_PROXY: PROXY, NO_PROXY: 'a, .b\tc,,' })).toEqual({
      http: undefined,
      https: PROXY,
      except: ['a', '.b', 'c'],
    });
    expect(read({ HTTPS_PROXY: 'http://upper', https_proxy: 'http://lower', HTTP_PROXY: 'http://plain' })).toEqual({
      http: 'http://plain',
      https: 'http://lower',
      except: [],
    });
    expect(read({ HTTPS_PROXY: 'http://upper', https_proxy: '' })?.https).toBe('http://upper');
  });

  it('may be host and port alone', () => {
    expect(read({ https_proxy: 'proxy.example:3128' })?.https).toBe('http://proxy.example:3128');
  });

  it('never show their password', () => {
    expect(JSON.stringify(parseProxyEnvironment({ https_proxy: PROXY }))).not.toContain('canary');
  });

  it.each(['socks5://canary.example:1080', 'http://proxy.example/canary', 'http://:canary', '://canary'])(
    'are refused by the name of the variable where they are no HTTP proxy: %s',
    (value) => {
      const refuse = () => parseProxyEnvironment({ HTTPS_PROXY: value });
      expect(refuse).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
      expect(refuse).toThrow(/HTTPS_PROXY/);
      expect(refuse).not.toThrow(/canary/);
    },
  );
});
