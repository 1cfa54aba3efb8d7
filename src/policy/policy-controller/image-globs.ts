import { z } from 'zod';
import { addFault } from '../schema-fields.ts';

// What policy-controller itself takes: https://github.com/sigstore/policy-controller/blob/main/pkg/apis/glob/glob.go
const VALID = /^[a-zA-Z0-9\-_:/*.]+$/;
const DOCKER_HUB = 'index.docker.io/';
/** Other names of Docker Hub, which registries here may go by. */
const DOCKER_HUB_TOO = ['docker.io/', 'registry-1.docker.io/'];

/**
 * One of `images`: a glob of policy-controller as the globs over `host/repository` that mean the same. There, an image
 * is always matched with its digest after it, so a glob can end with anything; and globs may ask for tags, which the
 * digest has replaced by then.
 */
export const imageGlobsSchema = z.string().transform((glob, context): readonly string[] => {
  if (!VALID.test(glob)) {
    addFault(context, {
      message: 'expected a glob of letters, digits and - _ : / . with * (within a path segment) and **',
      hint: 'policy-controller refuses other characters too; write one entry for each alternative.',
    });
    return z.NEVER;
  }
  const full = glob === '*' ? `${DOCKER_HUB}library/*` : glob === '*/*' ? `${DOCKER_HUB}*/*` : glob;
  const { name, tag } = splitTag(full.replace(/\*{3,}/g, '**'));
  if (tag !== undefined && !/^\*+$/.test(tag)) {
    addFault(context, {
      message: `the tag ":${tag}" in a glob is not supported: images are judged by digest, whatever their tags`,
      hint: `Write "${name}" for the repository; policy-controller does not match a resolved image by tag either.`,
    });
    return z.NEVER;
  }
  if (!name.startsWith(DOCKER_HUB)) return [name];
  return [DOCKER_HUB, ...DOCKER_HUB_TOO].map((host) => `${host}${name.slice(DOCKER_HUB.length)}`);
});

// A colon before the last slash belongs to the port of the registry.
function splitTag(glob: string): { readonly name: string; readonly tag: string | undefined } {
  const colon = glob.indexOf(':', glob.lastIndexOf('/') + 1);
  const isPortOnly = !glob.includes('/');
  if (colon === -1 || isPortOnly) return { name: glob, tag: undefined };
  return { name: glob.slice(0, colon), tag: glob.slice(colon + 1) };
}
