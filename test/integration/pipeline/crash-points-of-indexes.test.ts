import { sweepDeaths } from '../../support/pipeline/sweep-crash-points.ts';

// An index has several images, and its stories take as long as all others: calls that fail have a file of their own.
sweepDeaths('indexes');
