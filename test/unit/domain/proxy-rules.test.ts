import { describe, expect, it } from 'vitest';
import { chooseProxy, type ProxyRules } from '../../../src/domain/proxy-rules.ts';
import { Secret } from '../../../src/kit/secret.ts';

const http = new Secret('http://plain.example:3128');
const https = new Secret('http://secure.example:3128');

function way(url: string, except: readonly string[] = [], rules: Partial<ProxyRules> = { http, https }): string {
  return chooseProxy({ ...rules, except }, new URL(url))?.reveal() ?? 'direct';
}

describe('chooseProxy', () => {
  it('chooses by the scheme of what is asked for, and never takes one for the other', () => {
    expect(way('https://registry.example.com')).toBe(https.reveal());
    expect(way('http://registry.example.com')).toBe(http.reveal());
    expect(way('https://registry.example.com', [], { http })).toBe('direct');
    expect(way('http://registry.example.com', [], { https })).toBe('direct');
  });

  it.each([
    'http://localhost:5000',
    'http://a.localhost',
    'http://127.0.0.1',
    'http://127.1.2.3:80',
    'http://[::1]:5000',
  ])('reaches this machine directly: %s', (url) => {
    expect(way(url)).toBe('direct');
  });

  it.each<[string, string]>([
    ['corp.example', 'https://corp.example'],
    ['corp.example', 'https://a.b.corp.example'],
    ['.corp.example', 'https://corp.example'],
    ['.corp.example', 'https://a.corp.example'],
    ['*.corp.example', 'https://a.corp.example'],
    ['CORP.example', 'https://a.Corp.example.'],
    ['corp.example:5000', 'https://corp.example:5000'],
    ['corp.example:443', 'https://corp.example'],
    ['10.1.2.3', 'https://10.1.2.3:5000'],
    ['10.0.0.0/8', 'https://10.1.2.3'],
    ['fd00::/8', 'https://[fd00::1]:5000'],
    ['fd00::1', 'https://[fd00::1]'],
    ['[fd00::1]:5000', 'https://[fd00::1]:5000'],
    ['*', 'https://anything.example'],
  ])('reads %j as an exception for %s', (entry, url) => {
    expect(way(url, ['other.example', entry])).toBe('direct');
  });

  it.each<[string, string]>([
    ['corp.example', 'https://xcorp.example'],
    ['corp.example', 'https://corp.example.evil'],
    ['*.corp.example', 'https://corp.example'],
    ['corp.example:5000', 'https://corp.example'],
    ['10.0.0.0/8', 'https://11.0.0.1'],
    ['10.0.0.0/8', 'https://ten.example'],
    ['10.0.0.0/99', 'https://10.0.0.1'],
    ['10.1.2.3', 'https://x10.1.2.3.example'],
    ['fd00::/8', 'https://10.0.0.1'],
    ['', 'https://corp.example'],
    ['.', 'https://corp.example'],
  ])('does not read %j as an exception for %s', (entry, url) => {
    expect(way(url, [entry])).toBe(https.reveal());
  });
});
