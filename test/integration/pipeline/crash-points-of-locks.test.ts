import { sweepCrashPoints } from '../../support/pipeline/sweep-crash-points.ts';

sweepCrashPoints('locks');
