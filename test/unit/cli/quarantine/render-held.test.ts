import { describe, expect, it } from 'vitest';
import { groupHeld, planResume, renderHeld, toJsonHeld } from '../../../../src/cli/quarantine/render-held.ts';
import { createStyle } from '../../../../src/cli/terminal.ts';
import type { HeldQuarantine } from '../../../../src/ports/recorded-write.ts';
import { subjectNamed, verdictOf } from '../../../support/records/samples.ts';

const LOOK = { style: createStyle(false), width: 90 };
let serial = 0;

function held(repository: string, more: Partial<HeldQuarantine> = {}): HeldQuarantine {
  const word = `v${++serial}`;
  return {
    ...subjectNamed(word, repository),
    id: word,
    tags: [word],
    kind: 'quarantine',
    mark: `quarantined-${word}`,
    plannedAt: new Date(Date.UTC(2026, 10, 24, 8, serial)),
    verdict: verdictOf('fail-missing'),
    limitedBy: 'repository',
    why: 'The limit is reached.',
    resumedBy: null,
    ...more,
  };
}

const host = () => 'registry.example.com';

describe('what limits hold back', () => {
  const images = [
    held('acme/app'),
    ...['1', '2', '3', '4'].map(() => held('acme/junk')),
    held('acme/junk', { limitedBy: 'all' }),
  ];
  const groups = groupHeld(images, host);

  it('is grouped by repository and reason, the largest first', () => {
    expect(groups.map(({ repository, code, count, limits }) => [repository, code, count, limits])).toEqual([
      ['registry.example.com/acme/junk', 'SIGNATURE_MISSING', 5, ['repository', 'all']],
      ['registry.example.com/acme/app', 'SIGNATURE_MISSING', 1, ['repository']],
    ]);
    const mixed = [held('acme/app'), held('acme/app', { verdict: verdictOf('fail-evidence') })];
    expect(groupHeld(mixed, host)).toHaveLength(2);
  });

  it('is shown with some images of each group, since when, and how it would be written', () => {
    const text = renderHeld({ groups, plan: planResume(6, 4), before: 2 }, LOOK);
    expect(text).toContain('registry.example.com/acme/junk  SIGNATURE_MISSING  5 images');
    expect(text.replaceAll(/\s+/g, ' ')).toContain(
      'Held by the limit of its repository and the limit of all since 2026-11-24T08:02',
    );
    expect(text.replaceAll(/\s+/g, ' ')).toContain('and 2 more (--output json has them all)');
    expect(text.replaceAll(/\s+/g, ' ')).toContain(
      'these 6 are written at most 4 an hour (quarantine.breaker.perHour)',
    );
    expect(text).toContain('within 2 hours');
    expect(text).toContain('2 more were let go before');
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(90);
  });

  it('is said not to be there where nothing is held', () => {
    expect(renderHeld({ groups: [], plan: planResume(0, 20), before: 0 }, LOOK)).toBe(
      'No quarantine is held back by a limit.',
    );
  });

  it('is the same as data, with every image', () => {
    const data = toJsonHeld({ groups, plan: planResume(6, 20), before: 0, resumed: 0, dryRun: true });
    expect(data).toMatchObject({ dryRun: true, resumed: 0, plan: { quarantines: 6, perHour: 20, hours: 1 } });
    expect(JSON.parse(JSON.stringify(data)).groups[0].images).toHaveLength(5);
  });
});
