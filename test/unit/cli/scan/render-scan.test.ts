import { describe, expect, it } from 'vitest';
import { renderScan, toCsv, toJsonScan } from '../../../../src/cli/scan/render-scan.ts';
import { exitCodeOfScan, type ScannedImage, type ScanOutcome } from '../../../../src/cli/scan/scan-outcome.ts';
import { createStyle } from '../../../../src/cli/terminal.ts';
import { parseDigest } from '../../../../src/domain/digest.ts';

const LOOK = { style: createStyle(false), width: 100, isTerminal: false };

function image(name: string, more: Partial<ScannedImage> = {}): ScannedImage {
  const digest = parseDigest(`sha256:${'a'.repeat(64)}`);
  if (digest === undefined) throw new Error('expected a digest');
  return {
    image: `r.example/${name}@${digest}`,
    digest,
    tags: ['v1'],
    outcome: 'fail-missing',
    code: 'SIGNATURE_MISSING',
    reason: 'It has no signature.',
    ...more,
  };
}

const PASSING = image('good', { outcome: 'pass', code: 'SATISFIED', reason: 'All is proved.' });
const UNTOLD = { where: 'r.example/hidden', code: 'REGISTRY_DENIED', reason: 'it may not be read' };

function outcome(more: Partial<ScanOutcome>): ScanOutcome {
  return { images: [], notTold: [], notImages: 0, notCovered: 0, ...more };
}

describe('the table of a scan', () => {
  it('groups what fails by reason with its sentence, the largest group first, and counts all at the end', () => {
    const images = [
      image('one', { code: 'DENIED_BY_POLICY', reason: 'It is denied.' }),
      image('two'),
      image('three', { tags: ['v2', 'v3'] }),
      PASSING,
    ];
    const text = renderScan(outcome({ images }), LOOK);
    expect(text.indexOf('SIGNATURE_MISSING  2 images')).toBeLessThan(text.indexOf('DENIED_BY_POLICY  1 image'));
    expect(text.match(/It has no signature\./g)).toHaveLength(1);
    expect(text).toMatch(/three@sha256:a+ {2}v2, v3\n/);
    expect(text).not.toContain('good@');
    expect(text).toMatch(/\n4 images: fail-missing 3, pass 1$/);
  });

  it('names what could not be told, and counts what was not judged', () => {
    const text = renderScan(outcome({ notTold: [UNTOLD], notImages: 2, notCovered: 1200 }), LOOK);
    expect(text).toContain('could not be told: 1\n  r.example/hidden: it may not be read (REGISTRY_DENIED)');
    expect(text).toContain(
      '0 images\n1,200 images not judged: no policy covers their repositories\n2 more hold evidence',
    );
  });

  it('is cut to what fits a terminal, and whole in a file', () => {
    const images = Array.from({ length: 30 }, (_, index) => image(`app-${index}`));
    expect(renderScan(outcome({ images }), { ...LOOK, isTerminal: true })).toContain('and 10 more (--output json');
    expect(renderScan(outcome({ images }), LOOK)).toContain('app-29@');
  });

  it('is cut on a terminal also where each image fails for a reason of its own, however long', () => {
    const long = 'x '.repeat(5_000);
    const images = Array.from({ length: 1030 }, (_, index) => image('app', { reason: `${index} ${long}` }));
    const text = renderScan(outcome({ images }), { ...LOOK, isTerminal: true });
    expect(text.match(/SIGNATURE_MISSING {2}1 image/g)).toHaveLength(20);
    expect(text).toContain('\nand 1,010 images for other reasons (--output json or csv has them all)\n');
    expect(text.length).toBeLessThan(20 * 3_000);
    expect(text).toMatch(/\n1,030 images: fail-missing 1030$/);
  });

  it('shows what a terminal would obey as an escape', () => {
    const text = renderScan(
      outcome({ images: [image('evil', { reason: 'Signed by \u001b[2Jme.', tags: ['a\u202eb'] })] }),
      LOOK,
    );
    for (const character of ['\u001b', '\u202e']) expect(text).not.toContain(character);
  });
});

describe('the scan for programs', () => {
  it('is one object with counts, images and what could not be told', () => {
    expect(toJsonScan(outcome({ images: [PASSING, image('bad')], notTold: [UNTOLD], notImages: 1 }), true)).toEqual({
      outcomes: { pass: 1, 'fail-missing': 1 },
      images: [PASSING, image('bad')],
      notTold: [UNTOLD],
      notImages: 1,
      notCovered: 0,
      whole: true,
    });
  });

  it('is a row an image as CSV, quoted where it must be, with no formula for a spreadsheet to run', () => {
    const hostile = image('bad', { reason: '=1+1, "said" it' });
    const rows = toCsv(outcome({ images: [hostile], notTold: [UNTOLD, { ...UNTOLD, where: hostile.image }] })).split(
      '\n',
    );
    expect(rows).toEqual([
      'image,digest,tags,outcome,code,reason',
      `${hostile.image},${hostile.digest},v1,fail-missing,SIGNATURE_MISSING,"'=1+1, ""said"" it"`,
      'r.example/hidden,,,,REGISTRY_DENIED,it may not be read',
    ]);
  });
});

describe('the exit code of a scan', () => {
  const untold = image('dim', { outcome: 'indeterminate', code: 'COULD_NOT_TELL' });

  it.each([
    ['0 where all pass', outcome({ images: [PASSING] }), true, 0],
    ['0 where there is nothing', outcome({}), true, 0],
    ['1 where some fail', outcome({ images: [PASSING, image('bad')] }), true, 1],
    [
      '1 where some fail and others could not be told: a fail is certain',
      outcome({ images: [image('bad'), untold] }),
      true,
      1,
    ],
    ['3 where an image could not be told', outcome({ images: [PASSING, untold] }), true, 3],
    ['3 where limits cut a look short', outcome({ images: [image('big', { outcome: 'rejected-input' })] }), true, 3],
    ['3 where a repository could not be listed', outcome({ images: [PASSING], notTold: [UNTOLD] }), true, 3],
    ['3 where it was interrupted', outcome({ images: [PASSING] }), false, 3],
  ])('is %s', (_, found, isWhole, code) => {
    expect(exitCodeOfScan(found, isWhole)).toBe(code);
  });
});
