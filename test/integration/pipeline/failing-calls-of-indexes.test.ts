import { sweepFailures } from '../../support/pipeline/sweep-crash-points.ts';

sweepFailures('indexes');
