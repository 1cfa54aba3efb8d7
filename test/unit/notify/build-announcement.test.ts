import { describe, expect, it } from 'vitest';
import type { Verdict } from '../../../src/domain/verdict.ts';
import { type AnnouncementInput, buildAnnouncement } from '../../../src/notify/build-announcement.ts';
import { describeAction } from '../../../src/notify/describe-action.ts';
import type { RegistryEffect } from '../../../src/ports/effect-record.ts';
import { SAMPLE_DIGEST } from '../../support/announcements.ts';

const TAG = 'quarantined-5f4dcc3b5aa7';

const result = (name: string, satisfied: boolean) => ({
  policy: 'acme-apps',
  name,
  satisfied,
  code: satisfied ? ('SATISFIED' as const) : ('PROVENANCE_MISSING' as const),
  expected: 'e',
  found: 'f',
  advice: '',
  evidence: [],
});

const VERDICT: Verdict = {
  outcome: 'fail-missing',
  code: 'PROVENANCE_MISSING',
  reason: 'Because.',
  policies: ['acme-apps'],
  onFailure: 'quarantine',
  requirements: [result('met', true), result('unmet', false)],
  graceMs: 0,
};

function build(over: Partial<AnnouncementInput> = {}, subject: Partial<AnnouncementInput['subject']> = {}) {
  return buildAnnouncement({
    kind: 'failed',
    subject: {
      repository: 'acme/app',
      digest: SAMPLE_DIGEST,
      tags: ['v1', TAG],
      markTag: null,
      firstSeenAt: new Date('2026-11-24T05:00:00Z'),
      ...subject,
    },
    host: 'registry.example.com:5000',
    verdict: VERDICT,
    action: { kind: 'pending', tag: TAG, sentence: 'It is being put on it.' },
    judgedAt: new Date('2026-11-24T05:15:02Z'),
    id: 'n1',
    ...over,
  });
}

describe('an announcement', () => {
  it('names the image as people pull it', () => {
    expect(build()).toMatchObject({ image: 'registry.example.com:5000/acme/app', digest: SAMPLE_DIGEST, id: 'n1' });
  });

  it("does not count our own mark among the image's tags", () => {
    expect(build().tags).toEqual(['v1']);
    const unmarked = { kind: 'none' as const, sentence: 'Nothing.' };
    expect(build({ action: unmarked }, { markTag: TAG }).tags).toEqual(['v1']);
  });

  it('tells what is not met first', () => {
    expect(build().requirements.map(({ name }) => name)).toEqual(['unmet', 'met']);
  });

  it('gives the commands to look and to release', () => {
    const reference = `registry.example.com:5000/acme/app@${SAMPLE_DIGEST}`;
    expect(build().commands).toEqual({
      look: `lazaret verify ${reference}`,
      release: `lazaret quarantine release ${reference}`,
    });
  });

  it('gives commands that find the configuration from anywhere', () => {
    const reference = `registry.example.com:5000/acme/app@${SAMPLE_DIGEST}`;
    expect(build({ configFile: '/srv/lazaret/lazaret.yaml' }).commands).toEqual({
      look: `lazaret verify ${reference} --config /srv/lazaret/lazaret.yaml`,
      release: `lazaret quarantine release ${reference} --config /srv/lazaret/lazaret.yaml`,
    });
    expect(build({ configFile: "/home/al's/my lazaret.yaml" }).commands.look).toBe(
      `lazaret verify ${reference} --config '/home/al'\\''s/my lazaret.yaml'`,
    );
  });

  it('gives no command to release what carries no mark, or passes', () => {
    const unmarked = { kind: 'none' as const, sentence: 'Nothing.' };
    expect(build({ action: unmarked }).commands.release).toBeUndefined();
    expect(build({ kind: 'resolved' }).commands.release).toBeUndefined();
  });

  it.each(["acme/app'; rm -rf ~ #", '$(id)', 'a b', '`id`', 'a;b', 'a\nb'])(
    'gives commands that are safe to paste, whatever the repository is called: %j',
    (repository) => {
      const { look } = build({}, { repository }).commands;
      const quoted = `registry.example.com:5000/${repository}@${SAMPLE_DIGEST}`.replaceAll("'", "'\\''");
      expect(look).toBe(`lazaret verify '${quoted}'`);
    },
  );
});

describe('what was done in the registry', () => {
  const effect = (over: Partial<RegistryEffect>): RegistryEffect => ({
    kind: 'quarantine',
    state: 'done',
    tag: TAG,
    result: null,
    error: null,
    ...over,
  });

  it.each<[string, Partial<RegistryEffect>, object]>([
    ['a tag put on', { result: 'tagged' }, { kind: 'tagged', sentence: `The tag ${TAG} was put on it.` }],
    ['a tag deleted', { kind: 'release', result: 'untagged' }, { kind: 'untagged' }],
    [
      'a tag pointed elsewhere',
      { kind: 'release', result: 'marked-released' },
      { kind: 'marked-released', sentence: expect.stringContaining('would delete the image with its last one') },
    ],
    ['a tag that was gone', { kind: 'release', result: 'tag-absent' }, { kind: 'none' }],
    ['a tag of somebody else', { kind: 'release', result: 'tag-moved' }, { kind: 'failed' }],
    ['an image that is gone', { result: 'subject-gone' }, { kind: 'none' }],
    ['a write under way', { state: 'sending' }, { kind: 'pending' }],
    [
      'a write held back',
      { state: 'held', error: 'Too many.' },
      { kind: 'held', sentence: expect.stringContaining('Too many.') },
    ],
    [
      'a write refused',
      { state: 'failed', error: 'It said no.' },
      { kind: 'failed', sentence: expect.stringContaining('It said no.') },
    ],
    ['a write that came too late', { state: 'superseded' }, { kind: 'none' }],
    [
      'a tag that was not put, in a rehearsal',
      { result: 'rehearsed' },
      { kind: 'none', sentence: expect.stringContaining(`rehearsal: the tag ${TAG} would have been put on it.`) },
    ],
    [
      'a tag that was not taken off, in a rehearsal',
      { kind: 'release', result: 'rehearsed' },
      { kind: 'none', sentence: expect.stringContaining(`rehearsal: the tag ${TAG} would have been taken off.`) },
    ],
  ])('is said in one sentence: %s', (_, given, expected) => {
    const action = describeAction(effect(given));
    expect(action).toMatchObject(expected);
    expect(action.sentence).toMatch(/^[A-Z].*\.$/);
  });

  it.each(['pending', 'sending', 'held', 'failed'] as const)(
    'says of a write that is only rehearsed no word more: %s',
    (state) => {
      const { kind, sentence } = describeAction(effect({ state, error: 'Too many.' }), true);
      expect(kind).toBe('none');
      expect(sentence).toMatch(/^This is a rehearsal: .* Nothing was changed in the registry\./);
    },
  );
});
