import type { LookupAddress } from 'node:dns';
import { describe, expect, it } from 'vitest';
import {
  type AddressRules,
  assertDiallable,
  createGuardedLookup,
} from '../../../../src/registry/http/guarded-lookup.ts';

const PUBLIC: LookupAddress = { address: '93.184.216.34', family: 4 };
const LOOPBACK: LookupAddress = { address: '127.0.0.1', family: 4 };
const METADATA: LookupAddress = { address: '169.254.169.254', family: 4 };

function rules(answers: readonly (readonly LookupAddress[])[], allowPrivate = false): AddressRules {
  let asked = 0;
  return {
    configuredHosts: new Set(['registry.test']),
    allowPrivate: async () => allowPrivate,
    resolve: async () => answers[Math.min(asked++, answers.length - 1)] ?? [],
  };
}

function lookUp(by: ReturnType<typeof createGuardedLookup>, name: string): Promise<LookupAddress[]> {
  return new Promise((resolve, reject) => {
    by(name, { all: true }, (error, addresses) => {
      if (error) reject(error);
      else resolve(addresses as LookupAddress[]);
    });
  });
}

describe('createGuardedLookup', () => {
  it('B2: connects to the very address it checked, and refuses the private one a name turns to (DNS rebinding)', async () => {
    const lookup = createGuardedLookup(rules([[PUBLIC], [LOOPBACK]]));
    expect(await lookUp(lookup, 'rebind.test')).toEqual([PUBLIC]);
    await expect(lookUp(lookup, 'rebind.test')).rejects.toMatchObject({ code: 'REGISTRY_REDIRECT_REFUSED' });
  });

  it('B2: refuses a name of which only one address is bad', async () => {
    const lookup = createGuardedLookup(rules([[PUBLIC, LOOPBACK]]));
    await expect(lookUp(lookup, 'half.test')).rejects.toMatchObject({ code: 'REGISTRY_REDIRECT_REFUSED' });
  });

  it('lets the configured registry be wherever it is', async () => {
    const lookup = createGuardedLookup(rules([[LOOPBACK]]));
    expect(await lookUp(lookup, 'registry.test')).toEqual([LOOPBACK]);
  });

  it('lets others be at private addresses where the registry is private, but never at metadata services', async () => {
    expect(await lookUp(createGuardedLookup(rules([[LOOPBACK]], true)), 'store.test')).toEqual([LOOPBACK]);
    await expect(lookUp(createGuardedLookup(rules([[METADATA]], true)), 'store.test')).rejects.toMatchObject({
      code: 'REGISTRY_REDIRECT_REFUSED',
    });
  });

  it('refuses a name without an address, and passes on that a name does not exist', async () => {
    await expect(lookUp(createGuardedLookup(rules([[]])), 'none.test')).rejects.toThrow('none.test');
    const gone = Object.assign(new Error('no such name'), { code: 'ENOTFOUND' });
    const lookup = createGuardedLookup({ ...rules([[]]), resolve: () => Promise.reject(gone) });
    await expect(lookUp(lookup, 'none.test')).rejects.toBe(gone);
  });
});

describe('assertDiallable', () => {
  it.each([
    'http://127.0.0.1/',
    'http://2130706433/',
    'http://0x7f.1/',
    'http://0177.0.0.1/',
    'http://[::1]/',
    'http://[::ffff:127.0.0.1]/',
    'http://10.0.0.1/',
    'http://192.168.0.1/',
    'http://100.64.0.1/',
    'http://[fd00::1]/',
    'http://169.254.169.254/latest/meta-data',
    'http://[fe80::1]/',
    'http://0.0.0.0/',
  ])('B2: refuses the literal address in %s', async (url) => {
    await expect(assertDiallable(new URL(url), rules([]))).rejects.toMatchObject({ code: 'REGISTRY_REDIRECT_REFUSED' });
  });

  it('leaves names to the lookup', async () => {
    await expect(assertDiallable(new URL('http://localhost/'), rules([]))).resolves.toBeUndefined();
  });
});
