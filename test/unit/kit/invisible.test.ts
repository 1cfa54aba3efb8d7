import { describe, expect, it } from 'vitest';
import { plainText } from '../../../src/cli/plain-text.ts';
import { shortText } from '../../../src/kit/short-text.ts';
import { cleanText } from '../../../src/notify/render/clean-text.ts';
import { requireText } from '../../../src/sources/dialects/event-fields.ts';

const CHARACTERS = {
  'an escape': '\u001b',
  'a C1 control': '\u009b',
  'a right-to-left override': '\u202e',
  'an isolate': '\u2066',
  'a zero-width space': '\u200b',
  'a soft hyphen': '\u00ad',
  'a combining joiner': '\u034f',
  'a Hangul filler': '\u3164',
  'half a surrogate pair': '\ud800',
  'a line separator': '\u2028',
  'a variation selector': '\ufe0f',
  'a tag character': '\u{e0041}',
  'empty Braille': '\u2800',
  'what is no character': '\uffff',
};

describe('no text from outside shows', () => {
  it.each(Object.entries(CHARACTERS))('%s, wherever it is quoted', (_, character) => {
    const hostile = `acme${character}app`;
    for (const shown of [
      shortText(hostile),
      plainText(hostile),
      cleanText(hostile),
      requireText({ name: hostile }, 'name', 'body'),
    ]) {
      expect(shown).not.toContain(character);
      expect(shown).toMatch(/acme.*app/);
    }
  });

  it('and keeps what can be seen', () => {
    const visible = 'Zoë’s app: 東京 — naïve 🚀';
    expect([shortText(visible), plainText(visible), cleanText(visible)]).toEqual([visible, visible, visible]);
  });
});
