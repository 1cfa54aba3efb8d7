import { expect, it } from 'vitest';
import { type Descriptor, OCI_EMPTY, OCI_MANIFEST } from '../../../src/domain/manifest.ts';
import { orderReferrers } from '../../../src/evidence/order-referrers.ts';
import { digestFor } from '../../support/findings.ts';
import { BUNDLE_V03 } from '../../support/push-image.ts';

const PLAUSIBLE = 64 * 1024;
const COSIGN_ARTIFACT = 'application/vnd.dev.cosign.artifact.sig.v1+json';

function listed(name: string, artifactType: string | undefined, more: Partial<Descriptor> = {}): Descriptor {
  const type = artifactType === undefined ? {} : { artifactType };
  return { mediaType: OCI_MANIFEST, digest: digestFor(name), size: 700, ...type, ...more };
}

const describing = { annotations: { 'dev.sigstore.bundle.content': 'dsse-envelope' } };
const IN_ORDER: readonly Descriptor[] = [
  listed('bundle that says what it holds', BUNDLE_V03, { ...describing, size: PLAUSIBLE }),
  listed('bundle', BUNDLE_V03),
  listed('artifact of cosign', COSIGN_ARTIFACT),
  listed('of no type', undefined),
  listed('of the type of an empty configuration', OCI_EMPTY),
  listed('bill of materials', 'application/spdx+json'),
  listed('bundle that is too large to be one', BUNDLE_V03, { ...describing, size: PLAUSIBLE + 1 }),
  listed('something large', 'application/spdx+json', { size: PLAUSIBLE + 1 }),
];

it('C9: looks at what is likely evidence first, however it is listed', () => {
  expect(orderReferrers(IN_ORDER)).toEqual(IN_ORDER);
  // What is equally likely stays as it is listed.
  const [says, bundle, cosign, untyped, empty, bill, ...large] = IN_ORDER as [Descriptor, ...Descriptor[]];
  const expected = [says, cosign, bundle, empty, untyped, bill, ...large];
  expect(orderReferrers(IN_ORDER.toReversed())).toEqual(expected);
});
