import { describe, expect, it } from 'vitest';
import { resolveRealm } from '../../../../src/registry/auth/realm.ts';

const REQUEST = new URL('https://registry.example.com/v2/acme/app/manifests/1');
const RULES = { base: new URL('https://registry.example.com'), realmHosts: ['auth.example.com:8443'] };

describe('resolveRealm', () => {
  it.each([
    ['https://registry.example.com/token', 'https://registry.example.com/token'],
    ['https://registry.example.com:443/token', 'https://registry.example.com/token'],
    ['/token', 'https://registry.example.com/token'],
    ['https://AUTH.example.com:8443/t', 'https://auth.example.com:8443/t'],
  ])('trusts %s', (realm, url) => {
    expect(resolveRealm(realm, REQUEST, RULES).href).toBe(url);
  });

  it.each([
    'https://evil.example/token',
    'https://registry.example.com.evil/token',
    'https://xregistry.example.com/token',
    'https://auth.example.com/token',
    'https://registry.example.com:444/token',
    'http://registry.example.com/token',
    'https://registry.example.com@evil.example/token',
    'https://user:secret@registry.example.com/token',
    'https://127.0.0.1/token',
    '//evil.example/token',
    'file:///etc/passwd',
    'javascript:alert(1)',
    'https://',
  ])('B1: sends nothing to %s', (realm) => {
    expect(() => resolveRealm(realm, REQUEST, RULES)).toThrow(
      expect.objectContaining({ code: 'REGISTRY_REALM_REFUSED', retryable: false }),
    );
  });

  it('knows where the token services of hosted registries are', () => {
    const rules = { base: new URL('https://registry-1.docker.io'), realmHosts: [] };
    const request = new URL('https://registry-1.docker.io/v2/');
    expect(resolveRealm('https://auth.docker.io/token', request, rules).host).toBe('auth.docker.io');
    expect(() => resolveRealm('https://auth.docker.io.evil/token', request, rules)).toThrow('auth.docker.io.evil');
  });

  it('takes http only from a registry that is configured with http', () => {
    const rules = { base: new URL('http://registry.example.com'), realmHosts: [] };
    const request = new URL('http://registry.example.com/v2/');
    expect(resolveRealm('http://registry.example.com/token', request, rules).protocol).toBe('http:');
  });
});
