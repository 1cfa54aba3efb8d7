import { createFairSemaphore, type FairSemaphore } from '../kit/fair-semaphore.ts';

/**
 * Lets few looks at a time hold much evidence in memory, so that what many images carry together is bounded. While a
 * look holds a place it waits for nothing else that is limited, so looks cannot wait for each other in a circle.
 */
export type HeavyGate = Pick<FairSemaphore, 'enter'>;

/** Two: one image whose blobs come slowly does not keep all others of its repository waiting. */
const OF_ONE_REPOSITORY = 2;

/** Creates it with so many places for one repository, and twice as many in all. */
export function createHeavyGate(ofOneRepository: number = OF_ONE_REPOSITORY): HeavyGate {
  return createFairSemaphore(2 * ofOneRepository);
}
