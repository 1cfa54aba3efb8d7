import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { dockerProblem } from '../support/servers/backend.ts';
import { type Distribution, type DistributionOptions, startDistribution } from '../support/servers/distribution.ts';
import { nativeProblem } from '../support/servers/native-paths.ts';
import { sweepContainers } from '../support/servers/sweep-containers.ts';

const FETCH = join(import.meta.dirname, '../../bin/fetch-test-servers');

export interface DemoRegistry extends Distribution {
  /** `a container` or `a process`. */
  readonly runsAs: string;
}

/**
 * Starts the registry: in a container where Docker answers and its image can be had, else the program of Debian's
 * package, which is fetched first where it is missing. @throws Error when neither works, with the reasons of both
 */
export async function startRegistry(
  notifications: NonNullable<DistributionOptions['notifications']>,
): Promise<DemoRegistry> {
  const problems: string[] = [];
  const isNativeRun = process.env['LAZARET_TEST_PARTS'] === 'native';
  const problem = isNativeRun ? 'LAZARET_TEST_PARTS is native' : dockerProblem();
  if (problem === undefined) {
    try {
      sweepContainers();
      return {
        ...(await startDistribution({ backend: 'docker', notifications })),
        runsAs: 'registry:2 in a container',
      };
    } catch (error) {
      problems.push(`in a container: ${error instanceof Error ? error.message : String(error)}`);
    }
  } else {
    problems.push(`in a container: ${problem}`);
  }
  if (nativeProblem('registry') !== undefined) await fetchRegistry();
  const missing = nativeProblem('registry');
  if (missing === undefined) {
    return { ...(await startDistribution({ backend: 'native', notifications })), runsAs: 'docker-registry of Debian' };
  }
  problems.push(`as a process: ${missing}`);
  throw new Error(`no registry could be started; ${problems.join('; ')}`);
}

async function fetchRegistry(): Promise<void> {
  await once(spawn(FETCH, ['registry'], { stdio: 'ignore' }), 'exit');
}
