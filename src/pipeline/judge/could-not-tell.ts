import type { ImagePolicy } from '../../domain/policy.ts';
import type { Verdict } from '../../domain/verdict.ts';
import type { FaultError } from '../../kit/errors.ts';

const COULD_NOT_TELL = { outcome: 'indeterminate', code: 'COULD_NOT_TELL' } as const;
const OVER_LIMIT = { outcome: 'rejected-input', code: 'LOOK_CUT_SHORT' } as const;

/**
 * The verdict of a look that a fault of the world cut off: never acted on in the registry, tried again later. Something
 * that is larger than the limits stays so, and whoever pushed it is to blame, so that is `rejected-input`.
 */
export function couldNotTell(fault: FaultError, policies: readonly ImagePolicy[]): Verdict {
  return {
    ...(fault.code === 'REGISTRY_RESPONSE_TOO_LARGE' ? OVER_LIMIT : COULD_NOT_TELL),
    reason: `Lazaret could not check this image (${fault.code}): ${sentences(fault)}`,
    policies: policies.map((policy) => policy.name),
    onFailure: policies.some((policy) => policy.onFailure === 'quarantine') ? 'quarantine' : 'alert',
    requirements: [],
    graceMs: Math.max(0, ...policies.map((policy) => policy.graceMs)),
  };
}

function sentences({ message, hint }: FaultError): string {
  const ended = /[.!?]$/.test(message) ? message : `${message}.`;
  return hint === undefined ? ended : `${ended} ${hint}`;
}
