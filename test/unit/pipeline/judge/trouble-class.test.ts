import { expect, it } from 'vitest';
import { classOfTrouble } from '../../../../src/pipeline/judge/trouble-class.ts';

it('I5: what stops Lazaret itself is one trouble, whichever registries the images are in', () => {
  for (const code of ['TRUST_ROOT_STALE', 'TRUST_ROOT_UNAVAILABLE', 'CLOCK_UNTRUSTED', 'VERIFIER_UNAVAILABLE']) {
    expect(classOfTrouble('prod', code)).toEqual({ name: code, isOfRegistry: false });
    expect(classOfTrouble('other', code)).toEqual(classOfTrouble('prod', code));
  }
});

it('what keeps one registry from answering is a trouble of its own', () => {
  for (const code of ['REGISTRY_ERROR', 'REGISTRY_DENIED', 'DIGEST_MISMATCH', 'COULD_NOT_TELL']) {
    expect(classOfTrouble('prod', code)).toEqual({ name: `prod ${code}`, isOfRegistry: true });
  }
});
