import { type ConcernDeps, sendConcern } from '../pipeline/act/send-concern.ts';
import type { Concern } from '../ports/concerns.ts';
import type { LeftConcerns } from '../ports/left-concerns.ts';

export interface TellingDeps extends ConcernDeps {
  /** Whether this process tells people; if not, it leaves word on record for one that does. */
  readonly acts: boolean;
  readonly left: Pick<LeftConcerns, 'leave'>;
}

// People hear of the same once an hour; whoever can raise a concern with every event must not cause a write each.
const LEFT_EVERY_MS = 60_000;

/** Says what becomes of a concern that is raised in this process. It never throws. */
export function tellConcerns(deps: TellingDeps): (concern: Concern) => void {
  if (deps.acts) return (concern) => void sendConcern(deps, concern);
  const { left, clock, logger } = deps;
  const lastLeft = new Map<string, number>();
  return (concern) => {
    const [name, now] = [`${concern.kind} ${concern.id}`, clock()];
    // A clock that was ahead and is put right must not keep word back until it is there again.
    if (Math.abs(now.getTime() - (lastLeft.get(name) ?? Number.NEGATIVE_INFINITY)) < LEFT_EVERY_MS) return;
    lastLeft.set(name, now.getTime());
    left.leave(concern, now).catch((error: unknown) => {
      lastLeft.delete(name);
      logger.warn({ err: error, about: concern.id }, 'a concern could not be left for the process that tells people');
    });
  };
}
