import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { globFault, matchesGlob } from '../../../../src/kit/glob.ts';
import { matchesText } from '../../../../src/policy/judge/match-text.ts';
import { headOf, narrowestRef, narrowestText } from '../../../../src/policy/suggest/narrowest-text.ts';

const WORKFLOW = 'https://github.com/acme/app/.github/workflows/release.yml';
const at = (ref: string): string => `${WORKFLOW}@${ref}`;

describe('the narrowest text that signers have in common', () => {
  it('is a pattern of tags for a workflow that signs tags of versions, already from one', () => {
    expect(narrowestText([at('refs/tags/v1.4.2')])).toEqual({
      kind: 'pattern',
      pattern: 'https://github\\.com/acme/app/\\.github/workflows/release\\.yml@refs/tags/v[0-9].*',
    });
  });

  it('accepts the next release, and neither another workflow, a branch nor a tag of another form', () => {
    const wanted = narrowestText([at('refs/tags/v1.4.2'), at('refs/tags/v1.5.0')]);
    expect(matchesText(wanted, at('refs/tags/v2.0.0-rc.1'))).toBe(true);
    for (const other of [
      at('refs/heads/v2.0.0'),
      at('refs/tags/very-evil'),
      'https://github.com/acme/app/.github/workflows/release_yml@refs/tags/v1',
      'https://github.com/acme/app-evil/.github/workflows/release.yml@refs/tags/v1',
      `https://evil.example/?${at('refs/tags/v1')}`,
    ]) {
      expect(matchesText(wanted, other)).toBe(false);
    }
  });

  it('keeps the words before the version', () => {
    expect(matchesText(narrowestText([at('refs/tags/app/v1.0.0')]), at('refs/tags/app/v2.0.0'))).toBe(true);
    expect(matchesText(narrowestText([at('refs/tags/app/v1.0.0')]), at('refs/tags/other/v2.0.0'))).toBe(false);
  });

  it('is the text itself for a branch, a person and a tag without a version', () => {
    for (const text of [at('refs/heads/main'), 'alice@acme.example', at('refs/tags/nightly')]) {
      expect(narrowestText([text, text])).toEqual({ kind: 'exact', text });
    }
  });

  it('lists a few branches, and gives up on many', () => {
    const few = narrowestText([at('refs/heads/main'), at('refs/heads/release')]);
    expect(matchesText(few, at('refs/heads/release'))).toBe(true);
    expect(matchesText(few, at('refs/heads/other'))).toBe(false);
    const many = narrowestText(['a', 'b', 'c', 'd', 'e', 'f'].map((name) => at(`refs/heads/${name}`)));
    expect(matchesText(many, at('refs/heads/other'))).toBe(true);
  });

  it('lists a workflow with and without a ref as they are', () => {
    const wanted = narrowestText([WORKFLOW, at('refs/heads/main')]);
    expect([WORKFLOW, at('refs/heads/main')].every((text) => matchesText(wanted, text))).toBe(true);
    expect(matchesText(wanted, at('refs/heads/other'))).toBe(false);
  });

  it('always matches every text it was made from, whatever stands in them', () => {
    const ref = fc.oneof(
      fc.string({ minLength: 1 }).map((name) => `@refs/heads/${name}`),
      fc.string({ minLength: 1 }).map((name) => `@refs/tags/${name}`),
    );
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.array(ref, { minLength: 1, maxLength: 8 }), (head, refs) => {
        const texts = refs.map((one) => `${headOf(head)}${one}`).filter((text) => headOf(text) === headOf(head));
        fc.pre(texts.length > 0);
        const wanted = narrowestText(texts);
        for (const text of texts) expect(matchesText(wanted, text)).toBe(true);
      }),
    );
  });
});

describe('the narrowest glob of refs', () => {
  it('matches every ref it was made from, and is a glob', () => {
    const ref = fc
      .tuple(fc.constantFrom('refs/tags/', 'refs/heads/'), fc.string({ minLength: 1 }))
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(fc.array(ref, { minLength: 1, maxLength: 5 }), (refs) => {
        const glob = narrowestRef(refs);
        fc.pre(glob !== undefined);
        expect(globFault(glob)).toBeUndefined();
        for (const one of refs) expect(matchesGlob(glob, one)).toBe(true);
      }),
    );
  });

  it.each([
    [['refs/tags/v1.0.0', 'refs/tags/v1.1.0'], 'refs/tags/v*'],
    [['refs/heads/main'], 'refs/heads/main'],
    [['refs/tags/nightly'], 'refs/tags/nightly'],
    [['refs/tags/v1/linux', 'refs/tags/v2/linux'], 'refs/tags/v**'],
    [[], undefined],
    [['refs/heads/main', 'refs/tags/v1'], undefined],
  ])('of %j is %s', (refs, glob) => {
    expect(narrowestRef(refs)).toBe(glob);
  });
});
