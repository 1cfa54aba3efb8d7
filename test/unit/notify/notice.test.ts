import { describe, expect, it } from 'vitest';
import type { Announcement } from '../../../src/domain/announcement.ts';
import { LOCK_MARK, labelMark } from '../../../src/domain/mark-name.ts';
import { describeAction } from '../../../src/notify/describe-action.ts';
import { renderNotice } from '../../../src/notify/render/notice.ts';
import { renderText } from '../../../src/notify/render/render-text.ts';
import { EVERY_KIND, makeAnnouncement, SAMPLE_DIGEST } from '../../support/announcements.ts';

describe('the notice of a quarantined image', () => {
  const notice = renderNotice(makeAnnouncement());
  const text = renderText(notice);
  const reference = `registry.example.com/acme/app@${SAMPLE_DIGEST}`;

  it.each([
    ['the image', 'registry.example.com/acme/app'],
    ['its tags', 'v1.4.2, latest'],
    ['its digest, in full', SAMPLE_DIGEST],
    ['the outcome', 'Failed: evidence is missing'],
    ['the reason in one sentence', 'No provenance was found for this image within 15 minutes of its push.'],
    ['what was asked for', 'built by our release workflow'],
    ['what was expected', 'provenance signed by https://github.com/acme/app/'],
    ['what was found', 'no provenance'],
    ['what to do about it', 'Let the release workflow attest the image'],
    ['what was done in the registry', 'The tag quarantined-5f4dcc3b5aa7 was put on it.'],
    ['that a tag does not block pulls', 'A tag does not block pulls'],
    ['how to look closer', `lazaret verify ${reference}`],
    ['how to release it', `lazaret quarantine release ${reference}`],
    ['which policy asked', 'Policy: acme-apps'],
    ['the code of the reason', 'PROVENANCE_MISSING'],
    ['when it was first seen', 'First seen: 2026-11-24 05:00 UTC'],
    ['when it was judged', 'Judged: 2026-11-24 05:15 UTC'],
    ['which notice it is', 'Notice: verdict-01JD3Z0000000000000000TEST'],
  ])('holds %s', (_, element) => {
    expect(text).toContain(element);
  });

  it('explains what is not met, and counts what is', () => {
    expect(notice.unmet).toHaveLength(1);
    expect(notice.others).toBe('1 requirement is met.');
  });
});

describe('a notice', () => {
  it.each(Object.entries(EVERY_KIND))('never calls an image safe (%s)', (_, announcement) => {
    expect(renderText(renderNotice(announcement))).not.toMatch(/\bsafe\b|\bsecure\b/i);
  });

  it('of a release says so, and offers no release', () => {
    const text = renderText(renderNotice(kind('resolved-untagged')));
    expect(text).toContain('Resolved');
    expect(text).toContain('The quarantine is lifted: the tag quarantined-5f4dcc3b5aa7 was deleted.');
    expect(text).not.toContain('lazaret quarantine release');
  });

  it('of a release where tags cannot be deleted says what the tag points to now', () => {
    const text = renderText(renderNotice(kind('resolved-marked-released')));
    expect(text).toContain('does not delete tags');
    expect(text).toContain('"released"');
  });

  it.each(['held', 'failed'] as const)(
    'of a release that was refused says that the tag stays and what to do, and never that nothing is left to do (%s)',
    (state) => {
      const { action } = kind('resolved-refused');
      const text = renderText(renderNotice({ ...kind('resolved-refused'), action: { ...action, kind: state } }));
      expect(text).not.toMatch(/Resolved|Nothing is left to do/);
      expect(text).toContain('its quarantine tag stays');
      expect(text).toContain('was not taken off yet');
      expect(text).toContain('Whatever blocks that tag goes on blocking.');
      expect(text).toContain('Let the write credentials write and delete tags there');
    },
  );

  it('of a release that is under way does not say that nothing is left to do', () => {
    const action = { kind: 'pending', tag: 'quarantined-5f4dcc3b5aa7', sentence: 'It is being taken off.' } as const;
    const text = renderText(renderNotice({ ...kind('resolved-untagged'), action }));
    expect(text).not.toContain('Nothing is left to do');
    expect(text).toContain('Until it is off, whatever blocks that tag goes on blocking.');
  });

  it('of what could not be verified says that nothing was changed', () => {
    const text = renderText(renderNotice(kind('cannot-verify')));
    expect(text).toContain('Nothing was changed in the registry.');
    expect(text).toContain('No image is quarantined for this reason');
    expect(text.replace(/\s+/g, ' ')).toContain('By now 12 images could not be told: registry.example.com/acme/app@');
    expect(text).toContain('and 10 more');
  });

  it.each(['held', 'failed'] as const)('does not offer to release a tag that was never put on (%s)', (state) => {
    const action = { kind: state, tag: 'quarantined-5f4dcc3b5aa7', sentence: 'It was not put on.' };
    const text = renderText(renderNotice(makeAnnouncement({ action })));
    expect(text).not.toContain('Release by hand');
    expect(text).toContain('Nothing blocks this image');
  });

  it('explains five unmet requirements and counts the rest', () => {
    const requirement = { name: 'r', satisfied: false, expected: 'e', found: 'f', advice: '' };
    const notice = renderNotice(makeAnnouncement({ requirements: Array.from({ length: 7 }, () => requirement) }));
    expect(notice.unmet).toHaveLength(5);
    expect(notice.others).toBe('2 more requirements are not met.');
  });

  it('says none where an image has no tag', () => {
    expect(renderNotice(makeAnnouncement({ tags: [] })).tags).toBe('none');
  });
});

function kind(name: string): Announcement {
  const announcement = EVERY_KIND[name];
  if (announcement === undefined) throw new Error(`there is no announcement called ${name}`);
  return announcement;
}

describe('the notice of an image with another mark than a tag', () => {
  const about = (tag: string, result: string, kind: Announcement['kind'] = 'failed'): string =>
    renderText(
      renderNotice(
        makeAnnouncement({
          kind,
          action: describeAction({ kind: 'quarantine', state: 'done', tag, result, error: null }),
        }),
      ),
    );

  it('says that a label blocks nothing', () => {
    const text = about(labelMark('quarantined'), 'labelled');
    expect(text).toContain('The label quarantined was put on it, which blocks nothing');
    expect(text).toContain('A label does not block pulls');
  });

  it.each(['failed', 'rejected'] as const)('says that a lock blocks pulls, and what opens it (%s)', (kind) => {
    const text = about(LOCK_MARK, 'locked', kind);
    expect(text).toContain('nobody can pull it any more');
    expect(text).toContain('evidence that satisfies its policy opens it again');
    expect(text).not.toContain('Nothing blocks');
  });

  it('says of the lock of somebody else that it is not one of ours', () => {
    const text = about(LOCK_MARK, 'locked-by-others');
    expect(text).toContain('Somebody else than Lazaret has locked it against pulls');
    expect(text).toContain('Lazaret takes off its own locks only');
    expect(text).not.toContain('Nothing blocks');
  });

  it('says that nothing blocks an image whose lock is not there yet', () => {
    const action = describeAction({ kind: 'quarantine', state: 'pending', tag: LOCK_MARK, result: null, error: null });
    const text = renderText(renderNotice(makeAnnouncement({ action })));
    expect(text).toContain('The lock against pulls is being put on it.');
    expect(text).toContain('Nothing blocks this image yet');
  });
});
