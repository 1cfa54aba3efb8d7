import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { digestOf } from '../../../../src/domain/digest.ts';
import { globFault } from '../../../../src/kit/glob.ts';
import { matchesImage } from '../../../../src/policy/judge/match-images.ts';
import { matchPolicies } from '../../../../src/policy/judge/match-policies.ts';
import { findCandidates } from '../../../../src/policy/judge/policy-index.ts';
import { policyOf } from '../../../support/findings.ts';

// Few letters, so that names and globs meet.
const part = fc.stringMatching(/^[ab]{1,3}$/);
const name = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
const digest = fc.constantFrom('one', 'two').map((text) => digestOf(Buffer.from(text)));
const glob = fc
  .tuple(fc.stringMatching(/^[ab/*?]{1,8}$/), fc.option(digest))
  .filter(([names]) => globFault(names) === undefined)
  .map(([names, only]) => (only === null ? names : `${names}@${only}`));
const policies = fc
  .array(fc.array(fc.oneof(glob, name), { minLength: 1, maxLength: 4 }), { maxLength: 12 })
  .map((all) => all.map((images, at) => policyOf([], { name: `policy-${at}`, images })));

describe('the policies that name an image', () => {
  it('are those, in their order, of which some glob matches, whatever the globs', () => {
    fc.assert(
      fc.property(policies, name, fc.option(digest, { nil: undefined }), (all, image, is) => {
        const plain = all.filter(({ images }) => images.some((each) => matchesImage(each, image, is)));
        expect(matchPolicies({ revision: 'r', policies: all, noMatch: 'alert' }, image, is)).toEqual(plain);
      }),
      { numRuns: 2_000 },
    );
  });

  it('are found without a look at a thousand that name others', () => {
    const images = (of: string, ends: string) =>
      policyOf([], { name: of, images: [`registry.example.com/${of}${ends}`] });
    const others = Array.from({ length: 1_000 }, (_, at) => images(`team-${at}`, at % 2 === 0 ? '/**' : '/app'));
    const all = [...others, images('acme', '/**'), images('', '**/app')];
    const compared = (image: string) =>
      findCandidates(all, `registry.example.com/${image}`).map(({ glob: each }) => each);
    expect(compared('acme/app')).toEqual(['registry.example.com/acme/**', 'registry.example.com/**/app']);
    expect(compared('team-7/app')).toEqual(['registry.example.com/team-7/app', 'registry.example.com/**/app']);
    expect(compared('nobody/web')).toEqual(['registry.example.com/**/app']);
  });
});
