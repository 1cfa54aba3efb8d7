import type { CelFunc } from '@bufbuild/cel';
import type { Cel, Environment } from './cel.ts';
import { roundFunction } from './count-rounds.ts';
import { listFunctions } from './list-functions.ts';
import { numberFunctions } from './number-functions.ts';
import { patternFunctions } from './pattern-functions.ts';
import { textFunctions } from './text-functions.ts';
import { timeFunctions } from './time-functions.ts';

/** What conditions can call: the language's own functions, mended where cel-go differs, and those of Kubernetes. */
export function createConditionEnvironment(cel: Cel): Environment {
  const funcs: readonly CelFunc[] = [
    roundFunction(cel),
    ...numberFunctions(cel),
    ...timeFunctions(cel),
    ...textFunctions(cel),
    ...patternFunctions(cel),
  ];
  const { funcs: known } = cel.celEnv({ funcs: [...funcs] });
  return cel.celEnv({ funcs: [...funcs, ...listFunctions(cel, known)] });
}
