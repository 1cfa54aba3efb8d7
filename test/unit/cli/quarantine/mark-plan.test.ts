import { describe, expect, it } from 'vitest';
import { planMark } from '../../../../src/cli/quarantine/mark-plan.ts';
import type { Config } from '../../../../src/config/config.ts';
import type { MarkMode } from '../../../../src/domain/mark-name.ts';
import type { SubjectRecord } from '../../../../src/ports/subject-record.ts';
import { SAMPLE_DIGEST } from '../../../support/announcements.ts';
import { openRegistry } from '../../../support/open-registry.ts';

const IMAGE = { host: 'registry.example.com', repository: 'acme/app', digest: SAMPLE_DIGEST };
const TAG = `quarantined-${SAMPLE_DIGEST.slice('sha256:'.length)}`;

/** The mark that is planned, where all are marked by tags and this registry as it says itself. */
function markFor(kind: 'quarantine' | 'release', own: MarkMode | undefined, carried: string | null = null): string {
  const known = {
    digest: SAMPLE_DIGEST,
    mark: carried === null ? 'none' : 'quarantined',
    markTag: carried,
    verdict: { verdict: { outcome: 'fail-missing' } },
  } as SubjectRecord;
  const config = {
    registries: [{ id: 'test', ...(own && { mode: own }) }],
    quarantine: { mode: 'tag', tag: 'quarantined-{digest}', label: 'unproven' },
  } as unknown as Config;
  const registry = openRegistry('https://registry.example.com', { writeCredentials: { kind: 'none' } });
  return planMark(kind, IMAGE, { registry, known, config }).tag;
}

describe('a change of quarantine by hand', () => {
  it('marks an image as its registry is marked', () => {
    const marks = [undefined, 'label', 'lock', 'observe'].map((mode) => markFor('quarantine', mode as MarkMode));
    expect(marks).toEqual([TAG, 'label:unproven', 'lock:pulls', TAG]);
  });

  it.each(['label:quarantined', 'lock:pulls', TAG])('takes the mark off that the image carries (%s)', (carried) => {
    for (const mode of ['tag', 'label', 'lock'] as const) expect(markFor('release', mode, carried)).toBe(carried);
  });

  it('puts no second mark on an image that carries one of another kind', () => {
    expect(markFor('quarantine', 'label', TAG)).toBe(TAG);
  });

  it('takes no tag off that cannot be the mark of this image', () => {
    expect(markFor('release', 'tag', 'latest')).toBe(TAG);
  });
});
