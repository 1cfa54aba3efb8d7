import { buildKit } from './buildkit.ts';
import { buildkite } from './buildkite.ts';
import { cloudBuild } from './cloud-build.ts';
import { github, slsaGithubGenerator } from './github.ts';
import { gitlab, gitlabRunner } from './gitlab.ts';
import { jenkins } from './jenkins.ts';
import type { Producer } from './source-reading.ts';
import { tektonChains } from './tekton.ts';
import { witness } from './witness.ts';

/** Every builder whose provenance we know how to read; each is explained to users in `docs/policies.md`. */
export const PRODUCERS: readonly Producer[] = [
  github,
  slsaGithubGenerator,
  gitlabRunner,
  gitlab,
  cloudBuild,
  tektonChains,
  buildKit,
  buildkite,
  jenkins,
  witness,
];
