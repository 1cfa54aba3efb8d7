// The room `policy/policy-controller`: policy-controller's documents, read as policies of ours.

import { z } from 'zod';
import type { ImagePolicy } from '../../domain/policy.ts';
import type { InputIssue } from '../../kit/errors.ts';
import { parseWithSchema } from '../../kit/strict-schema.ts';
import type { YamlDocument } from '../../kit/strict-yaml.ts';
import type { EvidenceContext } from '../read/evidence-schema.ts';
import { createAuthoritySchema } from './authority-schema.ts';
import type { ClusterContext } from './cluster-context.ts';
import { metadataSchema, unsupported } from './fields.ts';
import { imageGlobsSchema } from './image-globs.ts';
import { parseAuthorities } from './parse-authorities.ts';

const IN_A_CLUSTER =
  'Lazaret judges images, not resources of a cluster: take it out, or keep this policy in the cluster.';
const IN_CEL = 'Write an ImagePolicy with `attestation` and a condition in CEL: `where`.';

function createSchema(outside: EvidenceContext) {
  return z.strictObject({
    apiVersion: z.enum(['policy.sigstore.dev/v1alpha1', 'policy.sigstore.dev/v1beta1']),
    kind: z.literal('ClusterImagePolicy'),
    metadata: metadataSchema,
    spec: z.strictObject({
      images: z
        .array(z.strictObject({ glob: imageGlobsSchema }))
        .min(1)
        .describe('what it covers: - glob: "registry.example.com/acme/**"'),
      authorities: z.array(createAuthoritySchema(outside)).min(1).describe('who may have signed; any of them suffices'),
      mode: z.enum(['enforce', 'warn']).or(z.literal('')).optional(),
      match: unsupported('`match` (selecting resources of a cluster)', IN_A_CLUSTER),
      policy: z
        .looseObject({
          includeSpec: unsupported('`includeSpec`', IN_A_CLUSTER),
          includeObjectMeta: unsupported('`includeObjectMeta`', IN_A_CLUSTER),
          includeTypeMeta: unsupported('`includeTypeMeta`', IN_A_CLUSTER),
          fetchConfigFile: unsupported('`fetchConfigFile`', 'Images are judged by what is signed about them.'),
        })
        .refine(() => false, {
          error: '`policy` (CUE or Rego over the results) is not supported',
          params: { hint: IN_CEL },
        })
        .optional(),
    }),
    status: z.unknown().optional(),
  });
}

/** How long an image that fails is waited for: the cluster knows no such thing, so the default of our own policies. */
const GRACE_MS = 900_000;

/**
 * Reads a `ClusterImagePolicy` (v1alpha1, v1beta1) with policy-controller's meaning: any authority suffices, all
 * policies that match must pass, `mode: warn` only alerts. Patterns match anywhere in a text, as they do there.
 * https://docs.sigstore.dev/policy-controller/overview/
 */
export function parseClusterImagePolicy(document: YamlDocument, context: ClusterContext): ImagePolicy | InputIssue[] {
  const reading = parseWithSchema(createSchema(context), document);
  if (!reading.ok) return [...reading.issues];
  const { metadata, spec } = reading.value;
  const authorities = parseAuthorities(spec.authorities, document, context);
  if (!authorities.ok) return [...authorities.issues];
  // Evidence that verifies for the signers of an authority does so wherever it lies, so the sources of all authorities
  // are put together.
  const evidence = spec.authorities.flatMap(({ source = [] }) => source);
  return {
    name: metadata.name,
    file: document.file,
    images: spec.images.flatMap(({ glob }) => glob),
    graceMs: GRACE_MS,
    onFailure: spec.mode === 'warn' ? 'alert' : 'quarantine',
    platforms: 'index',
    ...(evidence.length > 0 && { evidence }),
    ...authorities.rules,
  };
}
