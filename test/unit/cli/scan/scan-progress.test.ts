import { describe, expect, it } from 'vitest';
import type { ScannedImage } from '../../../../src/cli/scan/scan-outcome.ts';
import { createScanProgress } from '../../../../src/cli/scan/scan-progress.ts';
import { describeProgress, tellProgress } from '../../../../src/cli/scan/tell-progress.ts';
import { digestOf } from '../../../../src/domain/digest.ts';
import { waitFor } from '../../../support/wait-for.ts';

function image(repository: string, name: string, outcome: ScannedImage['outcome'] = 'pass'): ScannedImage {
  const digest = digestOf(Buffer.from(name));
  const code = outcome === 'pass' ? 'SATISFIED' : 'COULD_NOT_TELL';
  return { image: `${repository}@${digest}`, digest, tags: [name], outcome, code, reason: 'why' };
}

const NOTHING = { images: [], done: [] };

describe('what a scan has found', () => {
  it('counts an image that could not be told among those that are not', () => {
    const progress = createScanProgress(NOTHING);
    progress.found(2);
    progress.judged(image('r.example/a', 'one'));
    progress.judged(image('r.example/a', 'two', 'indeterminate'));
    const { images, notTold } = progress.outcome();
    expect(images).toHaveLength(2);
    expect(notTold).toEqual([{ where: images[1]?.image, code: 'COULD_NOT_TELL', reason: 'why' }]);
    expect(progress.counts()).toEqual({ found: 2, settled: 2 });
  });

  it('goes on where it was interrupted: whole repositories are not looked at, known images not judged, what was untold is', () => {
    const first = createScanProgress(NOTHING);
    first.judged(image('r.example/a', 'one'));
    first.done('r.example/a');
    first.judged(image('r.example/b', 'two'));
    first.judged(image('r.example/b', 'three', 'indeterminate'));
    const second = createScanProgress(JSON.parse(JSON.stringify(first.before())));
    expect(second.isDone('r.example/a')).toBe(true);
    expect(second.isDone('r.example/b')).toBe(false);
    expect(second.outcome().images.map(({ tags }) => tags)).toEqual([['one']]);
    expect(second.knows(image('r.example/b', 'two').image, ['moved'])).toBe(true);
    expect(second.knows(image('r.example/b', 'three').image, ['three'])).toBe(false);
    expect(second.outcome().images.map(({ tags }) => tags)).toEqual([['one'], ['moved']]);
  });

  it.each([
    ['an image', (name: string) => `${name}@sha256:${'a'.repeat(64)}`],
    ['a tag', (name: string) => `${name}:v1`],
    ['a part of the list', (name: string) => name],
  ])('looks again at a repository of which %s could not be told, and at no other', (_, whereOf) => {
    const progress = createScanProgress(NOTHING);
    const [untold, told] = ['localhost:5000/acme/a', 'localhost:5000/acme/b'];
    progress.notTold({ where: whereOf(untold), code: 'REGISTRY_UNREACHABLE', reason: 'why' });
    for (const name of [untold, told]) progress.done(name);
    expect(progress.before().done).toEqual([told]);
  });

  it('keeps what it knew where it is interrupted a second time', () => {
    const before = { images: [image('r.example/b', 'two')], done: [] };
    expect(createScanProgress(before).before().images).toEqual(before.images);
  });
});

describe('telling how far a scan is', () => {
  function progressOf(found: number, images: readonly ScannedImage[]) {
    const progress = createScanProgress(NOTHING);
    progress.found(found);
    for (const each of images) progress.judged(each);
    return progress;
  }

  it('shows a bar, the rate, the outcomes and the time left', () => {
    const images = Array.from({ length: 50 }, (_, index) => image('r.example/a', String(index)));
    const line = describeProgress(progressOf(1200, images), { elapsedMs: 10_000, width: 10 });
    expect(line).toBe('[..........] 50 of 1,200 images · 5.0/s · pass 50 · 4 min left');
  });

  it('counts into the rate only what this scan has judged, not what an earlier one had', () => {
    const images = Array.from({ length: 50 }, (_, index) => image('r.example/a', String(index)));
    const options = { elapsedMs: 10_000, width: 0, settledBefore: 40 };
    expect(describeProgress(progressOf(60, images), options)).toBe('50 of 60 images · 1.0/s · pass 50 · 10 s left');
  });

  it('tells neither rate nor time before they mean something', () => {
    const line = describeProgress(progressOf(2, [image('r.example/a', 'one')]), { elapsedMs: 100, width: 10 });
    expect(line).toBe('[#####.....] 1 of 2 images · pass 1');
  });

  it.each([
    [100, 90, '10 s left'],
    [9_000, 8_999, '1 s left'],
    [100_000, 100, 'h'],
  ])('has a unit for the time left (%d found, %d judged)', (found, settled, words) => {
    const counts = { counts: () => ({ found, settled }), outcome: () => createScanProgress(NOTHING).outcome() };
    const elapsedMs = words === 'h' ? 3_600_000 : settled * 1000;
    expect(describeProgress(counts, { elapsedMs, width: 0 })).toContain(words);
  });

  it('redraws one line on a terminal, and takes it away at the end', async () => {
    const shown: string[] = [];
    const terminal = { status: (text: string) => void shown.push(text), err: () => expect.unreachable(), width: 80 };
    const teller = tellProgress(progressOf(1, []), terminal);
    await waitFor(() => shown.length > 0, { what: 'the first line' });
    teller.stop();
    expect(shown[0]).toMatch(/^\[\.{20}\] 0 of 1 images$/);
    expect(shown.at(-1)).toBe('');
  });
});
