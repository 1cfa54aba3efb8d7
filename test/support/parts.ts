import { describe, expect, it } from 'vitest';
import { requiredParts } from './required-parts.ts';
import { type Backend, chosenBackend, dockerProblem } from './servers/backend.ts';
import { type NativePart, nativeProblem } from './servers/native-paths.ts';

/**
 * A real server a test needs and a machine may not have: `registry` (distribution), `olareg`, `redis`, `postgres`
 * (an external one; the embedded one is always there), `pgbouncer`, `kafka`, `moto` (ECR and SQS), `elasticmq` (SQS by its clock),
 * `gitea`,
 * and `docker` itself.
 * Mail and Slack receivers run in the test's own process and are always there.
 */
export type Part = NativePart | 'docker';

/** The start of a name that marks skipped tests in the summary of a run. */
export const MISSING_MARK = 'not here:';

/** Why a part cannot be used in this run, in words; undefined when it can. */
export function partProblem(part: Part, backend: Backend = chosenBackend()): string | undefined {
  if (part === 'docker' || backend === 'docker') return dockerProblem();
  return nativeProblem(part);
}

/**
 * Like `describe`, for tests that need those parts. Where one is missing the tests are skipped, with the part and the
 * reason in the name; where `LAZARET_REQUIRE_PARTS` (names by comma) lists it, there is a failing test instead.
 */
export function describeWithPart(
  parts: Part | readonly Part[],
  name: string,
  body: () => void,
  backend?: Backend,
): void {
  const problems = problemsOf([parts].flat(), backend);
  if (problems.length === 0) {
    describe(name, body);
    return;
  }
  const words = problems.map(({ part, problem }) => `${part}: ${problem}`).join('; ');
  const required = problems.filter(({ part }) => requiredParts().includes(part));
  if (required.length > 0) {
    describe(name, () => {
      it(`has its parts (${words})`, () => {
        expect.fail(`this run must have ${required.map(({ part }) => part).join(', ')}, but: ${words}`);
      });
    });
    return;
  }
  describe.skip(`${name} [${MISSING_MARK} ${words}]`, body);
}

function problemsOf(parts: readonly Part[], backend: Backend = chosenBackend()): { part: Part; problem: string }[] {
  const needed: readonly Part[] = backend === 'docker' ? ['docker'] : parts;
  return needed.flatMap((part) => {
    const problem = partProblem(part, backend);
    return problem === undefined ? [] : [{ part, problem }];
  });
}
