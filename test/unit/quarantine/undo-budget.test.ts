import { expect, it } from 'vitest';
import { holdUndo } from '../../../src/quarantine/undo-budget.ts';

const LIMITS = { perHour: 20, perRepository: { perHour: 5, share: 0.2 } };

it.each([
  [{ ofImage: 2, ofRepository: 4, all: 19 }, null],
  [{ ofImage: 3, ofRepository: 3, all: 3 }, 'Tags of this image were put right 3 times'],
  [{ ofImage: 0, ofRepository: 5, all: 5 }, 'Tags of its repository were put right 5 times'],
  [{ ofImage: 0, ofRepository: 0, all: 20 }, 'Tags were put right 20 times'],
])('P4: of false marks undone in the hour, %j hold the next back: %s', (counts, words) => {
  const why = holdUndo(counts, LIMITS);
  if (words === null) expect(why).toBeNull();
  else expect(why).toContain(words);
});
