import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Announcement } from '../../../src/domain/announcement.ts';
import {
  MAX_BLOCKS,
  MAX_CONTEXT_ELEMENTS,
  MAX_FIELD,
  MAX_FIELDS,
  MAX_HEADER,
  MAX_SECTION,
  MAX_TEXT,
  renderSlackMessage,
  type SlackMessage,
  type SlackText,
} from '../../../src/notify/slack/slack-message.ts';
import { makeAnnouncement, SAMPLE_DIGEST } from '../../support/announcements.ts';
import { anyAnnouncement } from '../../support/any-announcement.ts';
import { HOSTILE_TEXTS } from '../../support/hostile-texts.ts';

const LABELS = ['*About*', '*Image*', '*Tags*', '*Digest*', '*Outcome*', '*Expected*', '*Found*'];

describe('E6: hostile texts in a Slack message', () => {
  it.each(HOSTILE_TEXTS.map((text) => [text.slice(0, 40), text]))('make no mention, link or markup: %j', (_, text) => {
    const message = renderSlackMessage(everywhere(text));
    expectHarmless(message);
    expect(JSON.stringify(message)).toContain(SAMPLE_DIGEST);
  });

  it('are shown as they are, escaped once', () => {
    const message = renderSlackMessage(makeAnnouncement({ reason: '<!channel> & <https://evil.example|ok>' }));
    expect(JSON.stringify(message.blocks)).toContain('&lt;!channel&gt; &amp; &lt;https://evil.example|ok&gt;');
  });

  it('do not switch on what turns names and addresses into links', () => {
    expect(renderSlackMessage(makeAnnouncement())).toMatchObject({
      mrkdwn: false,
      link_names: false,
      unfurl_links: false,
      unfurl_media: false,
    });
  });
});

it("is within Slack's limits and harmless, whatever is announced", () => {
  fc.assert(
    fc.property(anyAnnouncement, (announcement) => {
      const message = renderSlackMessage(announcement);
      expectHarmless(message);
      expectWithinLimits(message);
    }),
  );
});

it('names at most ten of many tags, and says how many more there are', () => {
  const tags = Array.from({ length: 300 }, (_, n) => `v${n}`);
  expect(JSON.stringify(renderSlackMessage(makeAnnouncement({ tags })))).toContain('v9 and 290 more');
});

function everywhere(text: string): Announcement {
  return makeAnnouncement({
    image: text,
    tags: [text],
    code: text,
    reason: text,
    policies: [text],
    requirements: [{ name: text, satisfied: false, expected: text, found: text, advice: text }],
    action: { kind: 'tagged', tag: text, sentence: text },
    firstSeenAt: text,
    judgedAt: text,
    commands: { look: text, release: text },
    id: text,
  });
}

function textsOf(message: SlackMessage): readonly SlackText[] {
  return message.blocks.flatMap((block) => {
    if (block.type === 'divider') return [];
    if (block.type === 'header') return [block.text];
    if (block.type === 'context') return block.elements;
    return [...(block.text ? [block.text] : []), ...(block.fields ?? [])];
  });
}

function expectHarmless(message: SlackMessage): void {
  for (const { type, text } of [{ type: 'plain_text', text: message.text }, ...textsOf(message)]) {
    if (type === 'mrkdwn') expect(LABELS).toContain(text);
    // Slack's three control characters stand only in their escapes, none of them cut in half.
    expect(text).not.toMatch(/[<>]|&(?!(?:amp|lt|gt);)/);
  }
}

function expectWithinLimits(message: SlackMessage): void {
  expect(message.text.length).toBeLessThanOrEqual(MAX_TEXT);
  expect(message.blocks.length).toBeLessThanOrEqual(MAX_BLOCKS);
  for (const { text } of textsOf(message)) expect(text.length).toBeGreaterThan(0);
  for (const block of message.blocks) {
    if (block.type === 'header') expect(block.text.text.length).toBeLessThanOrEqual(MAX_HEADER);
    if (block.type === 'context') expect(block.elements.length).toBeLessThanOrEqual(MAX_CONTEXT_ELEMENTS);
    if (block.type !== 'section') continue;
    expect(block.text?.text.length ?? 0).toBeLessThanOrEqual(MAX_SECTION);
    expect(block.fields?.length ?? 0).toBeLessThanOrEqual(MAX_FIELDS);
    for (const field of block.fields ?? []) expect(field.text.length).toBeLessThanOrEqual(MAX_FIELD);
  }
}
