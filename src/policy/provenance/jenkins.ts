import type { Build } from './build.ts';
import {
  contradictory,
  type Producer,
  repositoriesOf,
  type SourceReading,
  statedBy,
  unstated,
} from './source-reading.ts';

/** The source is what the job checked out, in `configSource` and as the only material. No ref is named. */
export const jenkins: Producer = {
  name: 'Jenkins (slsa-plugin)',
  reference: 'https://github.com/jenkinsci/slsa-plugin',
  writes: (buildType) => buildType.startsWith('https://gitlab.eclipse.org/eclipsefdn/security/slsa-jenkins-plugin@'),
  findSources,
};

function findSources({ configSource, dependencies }: Build): SourceReading {
  if (configSource?.uri === undefined) return unstated('it does not name what was checked out');
  const reading = statedBy([configSource, ...dependencies]);
  const repositories = repositoriesOf([configSource, ...dependencies]);
  if (reading.kind === 'stated' && repositories.length > 1) {
    return contradictory(`it was started from ${configSource.uri} but built from ${repositories.join(' and ')}`);
  }
  return reading.kind === 'stated' ? { kind: 'stated', sources: [reading.sources[0]] } : reading;
}
