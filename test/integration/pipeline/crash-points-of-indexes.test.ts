import { STORIES } from '../../support/pipeline/stories.ts';
import { sweepCrashPoints } from '../../support/pipeline/sweep-crash-points.ts';

sweepCrashPoints(STORIES.filter(({ name }) => name.includes('index')));
