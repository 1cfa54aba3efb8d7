import { STORIES } from '../../support/pipeline/stories.ts';
import { sweepCrashPoints } from '../../support/pipeline/sweep-crash-points.ts';

// Those of an index have several images, and take as long as all others together: they stand in a file of their own.
sweepCrashPoints(STORIES.filter(({ name }) => !name.includes('index')));
