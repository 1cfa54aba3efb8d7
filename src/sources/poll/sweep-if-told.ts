import { FaultError } from '../../kit/errors.ts';
import type { MetRepository, SweepCounts } from '../../ports/sweep-record.ts';
import { type SweepWork, sweepRepository } from './sweep-repository.ts';

/**
 * Goes through a repository, or leaves it out, as a fault that is counted, where the registry answers but cannot tell it.
 * @throws {SweepTaken} @throws {FaultError} the registry does not answer, or the record
 */
export async function sweepIfTold(work: SweepWork, repository: MetRepository): Promise<SweepCounts> {
  try {
    return await sweepRepository(work, repository);
  } catch (error) {
    if (!(error instanceof FaultError) || !error.code.startsWith('REGISTRY_')) throw error;
    // If the registry does not answer this either, it is down, and everything that follows would be left out too.
    if (error.code === 'REGISTRY_RATE_LIMITED' || !(await answers(work))) throw error;
    work.deps.logger.warn(
      { err: error, repository: repository.name },
      'a repository could not be swept and is left out; the next sweep tries again',
    );
    return { repositories: 0, tags: 0, found: 0, faults: 1 };
  }
}

async function answers({ target, signal }: SweepWork): Promise<boolean> {
  try {
    await target.probe(signal);
    return true;
  } catch (error) {
    if (error instanceof FaultError) return false;
    throw error;
  }
}
