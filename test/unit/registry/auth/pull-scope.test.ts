import { describe, expect, it } from 'vitest';
import { pullScopeOf } from '../../../../src/registry/auth/pull-scope.ts';

describe('pullScopeOf', () => {
  it.each([
    ['repository:hidden/acme/app:pull', 'repository:hidden/acme/app:pull'],
    ['repository:acme/app:pull,push,delete', 'repository:acme/app:pull'],
    ['repository:acme/app:*', 'repository:acme/app:pull'],
    ['repository:acme/app:push', undefined],
    ['repository:acme/app:pull repository:other/app:pull', undefined],
    ['registry:catalog:*', undefined],
    ['repository(plugin):acme/app:pull', undefined],
    ['repository:acme/app\n:pull', undefined],
    ['*', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('finds in %j the right to pull, and nothing more', (challenge, scope) => {
    expect(pullScopeOf(challenge)).toBe(scope);
  });
});
