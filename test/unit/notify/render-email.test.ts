import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Announcement } from '../../../src/domain/announcement.ts';
import { MAX_SUBJECT, renderEmail } from '../../../src/notify/email/render-email.ts';
import { EVERY_KIND, makeAnnouncement, SAMPLE_DIGEST } from '../../support/announcements.ts';
import { anyAnnouncement } from '../../support/any-announcement.ts';
import { HOSTILE_TEXTS } from '../../support/hostile-texts.ts';

describe('E7: hostile texts in a mail', () => {
  it.each(HOSTILE_TEXTS.map((text) => [text.slice(0, 40), text]))('are only words in it: %j', (_, text) => {
    expectHarmless(
      makeAnnouncement({
        image: text,
        tags: [text],
        reason: text,
        policies: [text],
        requirements: [{ name: text, satisfied: false, expected: text, found: text, advice: text }],
        action: { kind: 'tagged', tag: text, sentence: text },
        commands: { look: text, release: text },
        id: text,
      }),
    );
  });

  it('are only words in it, whatever is announced', () => {
    fc.assert(fc.property(anyAnnouncement, expectHarmless));
  });

  it('never reach the subject: it has fixed words, the digest, and the name only if it is one', () => {
    expect(renderEmail(makeAnnouncement({ image: 'acme/app\r\nBcc: victim@example.net' })).subject).toBe(
      '[Lazaret] Image failed: 5f4dcc3b5aa7',
    );
    expect(renderEmail(makeAnnouncement()).subject).toBe(
      '[Lazaret] Image failed: 5f4dcc3b5aa7 registry.example.com/acme/app',
    );
  });
});

it('loads nothing and links to nothing', () => {
  for (const announcement of Object.values(EVERY_KIND)) {
    expect(renderEmail(announcement).html).not.toMatch(
      /<(?:a|img|link|script|iframe|form|object)\b|url\(|\bsrc=|\bhref=/i,
    );
  }
});

it.each(Object.entries(EVERY_KIND))('reads as it was read by a person: %s', async (name, announcement) => {
  const { subject, text } = renderEmail(announcement);
  await expect(`${subject}\n\n${text}`).toMatchFileSnapshot(`../../fixtures/notices/${name}.mail.txt`);
});

// Tags this page is written with; every other "<" must have been escaped.
const OWN_TAGS =
  /<!doctype html>|<\/?(?:html|head|title|body|h1|h2|p|pre|table|tr|th|td)(?: (?:lang|style)="[^"<>]*")?>|<meta charset="utf-8">|<br>|<hr>/g;

function expectHarmless(announcement: Announcement): void {
  const { subject, text, html, messageKey } = renderEmail(announcement);
  expect(subject).toMatch(/^\[Lazaret\] [\x20-\x7e…]+$/);
  expect(subject.length).toBeLessThanOrEqual(MAX_SUBJECT);
  expect(messageKey).toMatch(/^[0-9a-f]{32}$/);
  const isAboutImage =
    announcement.kind === 'several'
      ? (announcement.listed?.images ?? []).length > 0
      : !['cannot-hear', 'cannot-tell', 'baseline', 'not-announced', 'announced-again'].includes(announcement.kind);
  expect(text.includes(SAMPLE_DIGEST)).toBe(isAboutImage);
  expect(text).not.toMatch(/[^\P{Cc}\n]|\p{Cf}/u);
  expect(html.replace(OWN_TAGS, '')).not.toMatch(/[<>]/);
  expect(html.includes(SAMPLE_DIGEST)).toBe(isAboutImage);
}
