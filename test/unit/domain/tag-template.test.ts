import { expect, it } from 'vitest';
import { type Digest, parseDigest } from '../../../src/domain/digest.ts';
import { isTagName } from '../../../src/domain/image-reference.ts';
import { explainBadTagTemplate, markNames, markTag } from '../../../src/domain/tag-template.ts';

const DIGEST = parseDigest(`sha256:${'0123456789abcdef'.repeat(4)}`) as Digest;
const LONG_DIGEST = parseDigest(`sha512:${'0123456789abcdef'.repeat(8)}`) as Digest;

it('puts the first twelve characters of the digest into the tag where the template asks for no more', () => {
  expect(markTag('quarantined-{digest12}', DIGEST)).toBe('quarantined-0123456789ab');
});

it('puts the whole digest into the tag where the template asks for it', () => {
  expect(markTag('bad_{digest}', DIGEST)).toBe(`bad_${'0123456789abcdef'.repeat(4)}`);
});

it('keeps a tag for a sha512 digest within the 128 characters of a tag', () => {
  expect(isTagName(markTag('quarantined-{digest}', LONG_DIGEST))).toBe(true);
});

it('E3: gives two failing images of one repository two names', () => {
  const other = parseDigest(`sha256:${'fedcba9876543210'.repeat(4)}`) as Digest;
  expect(markTag('quarantined-{digest12}', DIGEST)).not.toBe(markTag('quarantined-{digest12}', other));
});

it('has a longer name ready that no other image can have, for a sha512 digest too', () => {
  const whole = `quarantined-${'0123456789abcdef'.repeat(4)}`;
  expect(markNames('quarantined-{digest12}', DIGEST)).toEqual(['quarantined-0123456789ab', whole]);
  expect(markNames('quarantined-{digest12}', LONG_DIGEST)).toEqual(['quarantined-0123456789ab', whole]);
  expect(markNames('quarantined-{digest12}', DIGEST, whole)).toEqual(['quarantined-0123456789ab', whole]);
  expect(markNames('quarantined-{digest}', DIGEST)).toEqual([whole]);
});

it('knows an image by the name an earlier template gave it, too', () => {
  expect(markNames('quarantined-{digest}', DIGEST, 'bad-0123456789ab')).toEqual([
    'bad-0123456789ab',
    `quarantined-${'0123456789abcdef'.repeat(4)}`,
  ]);
});

it.each([
  ['quarantined', 'a digest'],
  ['quarantined-{digest8}', '{digest8}'],
  ['quarantined-{tag}-{digest12}', '{tag}'],
  ['.quarantined-{digest12}', 'valid tag'],
  ['quarantined/{digest12}', 'valid tag'],
  [`${'q'.repeat(117)}{digest12}`, 'valid tag'],
  [`${'q'.repeat(65)}{digest12}`, 'room for the whole digest'],
  ['sha256-{digest}', 'signature'],
  ['', 'a digest'],
])('refuses the template "%s" and says why', (template, words) => {
  expect(explainBadTagTemplate(template)).toContain(words);
  expect(() => markTag(template, DIGEST)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
});
