import { describe, expect, it } from 'vitest';
import { renderEmail } from '../../../src/notify/email/render-email.ts';
import { renderNotice } from '../../../src/notify/render/notice.ts';
import { renderText } from '../../../src/notify/render/render-text.ts';
import { severalAnnouncement } from '../../../src/notify/several-announcement.ts';
import { MAX_BLOCKS, renderSlackMessage } from '../../../src/notify/slack/slack-message.ts';
import type { NoticeGroup } from '../../../src/ports/effect-record.ts';
import { makeAnnouncement } from '../../support/announcements.ts';
import { HOSTILE_TEXTS } from '../../support/hostile-texts.ts';
import { digestNamed } from '../../support/records/samples.ts';

/** Twenty images that failed, of so many. */
function together(failed: number, over: Partial<Parameters<typeof makeAnnouncement>[0]> = {}): NoticeGroup {
  const listed = Array.from({ length: 20 }, (_, n) => ({
    announcement: makeAnnouncement({ digest: digestNamed(`image ${n}`), tags: [`v${n}`], ...over }),
    registryEffect: {
      kind: 'quarantine',
      state: 'done',
      tag: `quarantined-${n}`,
      result: 'tagged',
      error: null,
    } as const,
  }));
  return { listed, counts: { failed }, notices: failed };
}

describe('the message about many images of one repository (P9)', () => {
  const announcement = severalAnnouncement(makeAnnouncement(), together(120), { configFile: 'my lazaret.yaml' });
  const text = renderText(renderNotice(announcement));

  it('lists each with its digest in full, its outcome, the reason and what was done', () => {
    for (let n = 0; n < 20; n++) {
      expect(text).toContain(
        `Failed: evidence is missing\n  ${digestNamed(`image ${n}`)}\n  Tags: v${n}\n  No provenance was found`,
      );
      expect(text).toContain(`The tag quarantined-${n} was put on it.`);
    }
  });

  it('says how many more there are, and by which command to see them', () => {
    expect(text).toContain('120 messages about 120 images of one repository came at once: 120 failed.');
    expect(text).toContain('And 100 more: the command below lists them all.');
    expect(text).toContain(
      "lazaret quarantine list --failing --repository registry.example.com/acme/app --config 'my lazaret.yaml'",
    );
  });

  it('has the same name however often it is made, and another than the notices it stands for', () => {
    const again = severalAnnouncement(makeAnnouncement(), together(3));
    expect(again.id).toBe(announcement.id);
    expect(announcement.id).not.toBe(makeAnnouncement().id);
  });

  it('names the repository in the subject of a mail, and makes a thread of the repository', () => {
    const mail = renderEmail(announcement);
    expect(mail.subject).toBe('[Lazaret] Many images of one repository: registry.example.com/acme/app');
    expect(renderEmail(severalAnnouncement(makeAnnouncement({ id: 'another' }), together(20))).threadKey).toBe(
      mail.threadKey,
    );
    expect(mail.threadKey).not.toBe(renderEmail(makeAnnouncement()).threadKey);
  });

  it.each(HOSTILE_TEXTS.map((hostile) => [hostile.slice(0, 40), hostile]))(
    'stays within the limits of Slack: %j',
    (_, hostile) => {
      const over = { tags: Array(50).fill(hostile), reason: hostile.repeat(50), policies: [hostile], code: hostile };
      const message = renderSlackMessage(
        severalAnnouncement(makeAnnouncement({ image: hostile }), together(10_000, over)),
      );
      expect(message.blocks.length).toBeLessThanOrEqual(MAX_BLOCKS);
      const body = JSON.stringify(message);
      for (let n = 0; n < 20; n++) expect(body).toContain(digestNamed(`image ${n}`));
      expect(body).toContain('And 9980 more');
    },
  );
});
