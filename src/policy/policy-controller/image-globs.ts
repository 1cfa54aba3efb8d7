import { z } from 'zod';
import { addFault } from '../../kit/schema-fields.ts';
import { shortText } from '../../kit/short-text.ts';

// What policy-controller itself takes: https://github.com/sigstore/policy-controller/blob/main/pkg/apis/glob/glob.go
const VALID = /^(?!@)[a-zA-Z0-9\-_:/*.@]+$/;
const DOCKER_HUB = 'index.docker.io/';
/** Other names of Docker Hub, which registries here may go by. */
const DOCKER_HUB_TOO = ['docker.io/', 'registry-1.docker.io/'];

/**
 * One of `images`: a glob of policy-controller as the globs over `host/repository` that mean the same. There, an image
 * is always matched with its digest after it, so `…/app*` covers the repository `…/app`, and `…/app` or a tag matches
 * nothing that was resolved. Here a glob that ends with the repository covers it, because that is what its author
 * means. One with a whole digest covers that image alone, as there.
 */
export const imageGlobsSchema = z.string().transform((glob, context): readonly string[] => {
  if (!VALID.test(glob)) {
    addFault(context, {
      message: 'expected a glob of letters, digits and - _ : / . @ with * (within a path segment) and **',
      hint: 'policy-controller refuses other characters too; write one entry for each alternative.',
    });
    return z.NEVER;
  }
  const full = glob === '*' ? `${DOCKER_HUB}library/*` : glob === '*/*' ? `${DOCKER_HUB}*/*` : glob;
  const { before, digest } = splitDigest(full.replace(/\*{3,}/g, '**'));
  const one = digest !== undefined && ONE_DIGEST.test(digest) ? `@${digest}` : '';
  if (digest !== undefined && one === '' && !ANY_DIGEST.test(digest)) {
    addFault(context, {
      message: `the digest "@${shortText(digest, 80)}" in a glob is not supported: it is neither one nor any`,
      hint: `Write the whole digest for one image, or "${before}" for the repository, whatever the digest.`,
    });
    return z.NEVER;
  }
  const { name, tag } = splitTag(before);
  if (tag !== undefined && !/^\*+$/.test(tag)) {
    addFault(context, {
      message: `the tag ":${tag}" in a glob is not supported: images are judged by digest, whatever their tags`,
      hint: `Write "${name}" for the repository; policy-controller does not match a resolved image by tag either.`,
    });
    return z.NEVER;
  }
  if (!name.startsWith(DOCKER_HUB)) return [`${name}${one}`];
  return [DOCKER_HUB, ...DOCKER_HUB_TOO].map((host) => `${host}${name.slice(DOCKER_HUB.length)}${one}`);
});

const ONE_DIGEST = /^sha256:[0-9a-f]{64}$/;
const ANY_DIGEST = /^(?:sha256:)?\*+$/;

function splitDigest(glob: string): { readonly before: string; readonly digest: string | undefined } {
  const at = glob.indexOf('@');
  return at === -1 ? { before: glob, digest: undefined } : { before: glob.slice(0, at), digest: glob.slice(at + 1) };
}

// A colon before the last slash belongs to the port of the registry, as does one where there is no slash: "localhost:**".
function splitTag(glob: string): { readonly name: string; readonly tag: string | undefined } {
  const colon = glob.indexOf(':', glob.lastIndexOf('/') + 1);
  const isPort = !glob.includes('/') && !glob.startsWith('**');
  if (colon === -1 || isPort) return { name: glob, tag: undefined };
  return { name: glob.slice(0, colon), tag: glob.slice(colon + 1) };
}
