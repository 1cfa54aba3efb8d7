import { describe, expect, it } from 'vitest';
import {
  type Rehearsed,
  renderRehearsal,
  summarizeRehearsal,
} from '../../../../src/cli/quarantine/render-rehearsal.ts';
import { createStyle } from '../../../../src/cli/terminal.ts';
import { digestNamed } from '../../../support/records/samples.ts';

const LOOK = { style: createStyle(false), width: 100 };

function write(word: string, more: Partial<Rehearsed> = {}): Rehearsed {
  return {
    at: '2026-11-24T08:01:02.000Z',
    what: 'put on',
    registry: 'prod',
    image: `registry.example.com/acme/app@${digestNamed(word)}`,
    tags: [word],
    mark: `quarantined-${word}`,
    outcome: 'fail-missing',
    code: 'SIGNATURE_MISSING',
    reason: 'Nobody has signed this image.',
    policies: ['acme'],
    plannedAt: '2026-11-24T08:01:00.000Z',
    heldBy: null,
    ...more,
  };
}

describe('the table of a rehearsal', () => {
  it('has a row for each write in straight columns, and says what the codes stand for', () => {
    const one = digestNamed('v1').slice(7, 19);
    const two = digestNamed('v2').slice(7, 19);
    const writes = [
      write('v1'),
      write('v1', { what: 'taken off', code: 'SATISFIED', outcome: 'pass', reason: 'It is signed.' }),
      write('v2', { at: null, heldBy: 'The limit is reached.' }),
    ];
    expect(renderRehearsal(writes, LOOK).split('\n')).toEqual([
      'WHEN              MARK       CODE               IMAGE',
      `2026-11-24 08:01  put on     SIGNATURE_MISSING  registry.example.com/acme/app@${one} v1`,
      `2026-11-24 08:01  taken off  SATISFIED          registry.example.com/acme/app@${one} v1`,
      `not yet           held       SIGNATURE_MISSING  registry.example.com/acme/app@${two} v2`,
      '',
      'SIGNATURE_MISSING  2 images',
      '  Nobody has signed this image.',
    ]);
  });

  it('escapes what would move the cursor', () => {
    expect(renderRehearsal([write('v1', { tags: ['\u001b[2J'] })], LOOK)).not.toContain('\u001b');
  });

  it('is empty where nothing was rehearsed', () => {
    expect(renderRehearsal([], LOOK)).toBe('');
    expect(summarizeRehearsal([], '7d')).toBe(
      'In the last 7d: 0 images would have been marked, 0 released again. Nothing was written to a registry.',
    );
  });

  it('ends with its sum: each image once, in how many repositories, and what is held', () => {
    const writes = [
      write('v1'),
      write('v1'),
      write('v2', { image: `registry.example.com/acme/web@${digestNamed('v2')}` }),
      write('v1', { what: 'taken off' }),
      write('v3', { what: 'put right' }),
      write('v4', { at: null }),
    ];
    expect(summarizeRehearsal(writes, '24h')).toBe(
      'In the last 24h: 2 images would have been marked in 2 repositories, 1 released again, 1 tag of others put right, 1 would still be held by a limit. Nothing was written to a registry.',
    );
  });
});
