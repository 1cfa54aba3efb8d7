// The room `policy/read`: from the text of policy files to policies, or to every fault in them.

import { z } from 'zod';
import { imageGlob } from '../../domain/image-reference.ts';
import type { ImagePolicy, PolicySet } from '../../domain/policy.ts';
import { type InputIssue, InvalidInputError } from '../../kit/errors.ts';
import { inFileOrder } from '../../kit/issue-order.ts';
import { isJsonObject } from '../../kit/json.ts';
import { nearestWord } from '../../kit/nearest-word.ts';
import { addFault, durationField, globSchema } from '../../kit/schema-fields.ts';
import { parseWithSchema } from '../../kit/strict-schema.ts';
import { parseStrictYaml, type YamlDocument } from '../../kit/strict-yaml.ts';
import type { ClusterContext } from '../policy-controller/cluster-context.ts';
import { parseClusterImagePolicy } from '../policy-controller/parse-cluster-image-policy.ts';
import { parseTrustRoots } from '../policy-controller/parse-trust-roots.ts';
import { artifactsSchema } from './artifacts-schema.ts';
import { createEvidenceSchema, type EvidenceContext } from './evidence-schema.ts';
import { exampleSchema } from './example-schema.ts';
import { policyRevision } from './policy-revision.ts';
import { createRequirementSchema } from './requirement-schema.ts';
import { levelSchema, nameSchema } from './schema-fields.ts';
import type { SignerContext } from './signer-schema.ts';

/** A policy file: its name (for messages, and what paths in it are relative to) and its text. */
export interface PolicyFile {
  readonly file: string;
  readonly text: string;
}

/** What policies may refer to, and what is done with images none of them covers. */
export interface PolicyOptions {
  /** Names of the trust roots there are; the built-in ones belong to them. */
  readonly trustNames: readonly string[];
  /** Those whose certificates may name no issuer; `github` alone where it is not said. */
  readonly withoutIssuer?: readonly string[];
  readonly noMatch: PolicySet['noMatch'];
  /**
   * The public keys, PEM, that stand for references to a KMS in policies of policy-controller. `undefined`: there is
   * one, and what is wrong with it is told elsewhere.
   */
  readonly kmsKeys?: ReadonlyMap<string, string | undefined>;
  /** Hosts of the registries there are, for repositories of evidence; without it they are not checked. */
  readonly registryHosts?: readonly string[];
}

/** Reads a key file, PEM. @throws {InvalidInputError} when it cannot be read. */
export type ReadKey = (path: string, relativeToFile: string) => string;

// How long an unsigned image is waited for: signing follows the push within minutes in every pipeline we know.
const DEFAULT_GRACE = '15m';

/**
 * Reads `ImagePolicy` documents (several in one file, divided by `---`), and `ClusterImagePolicy` and `TrustRoot`
 * documents of policy-controller. Strict: an unknown key, a bad pattern, glob, key or condition is a fault, and every
 * fault of every file is reported at once, as `file:line:column`.
 * @throws {InvalidInputError} `POLICY_INVALID`
 */
export function parsePolicyDocuments(
  files: readonly PolicyFile[],
  readKey: ReadKey,
  options: PolicyOptions,
): PolicySet {
  const issues: InputIssue[] = [];
  const documents = files.flatMap(({ file, text }) => {
    const reading = parseStrictYaml(file, text);
    issues.push(...reading.issues);
    if (reading.documents.length === 0 && reading.issues.length === 0) issues.push({ where: file, ...NO_DOCUMENT });
    return reading.documents;
  });
  // A policy may stand before the TrustRoot it names, or in another file.
  const trustRoots = parseTrustRoots(documents.filter(({ value }) => kindOf(value) === 'TrustRoot'));
  issues.push(...trustRoots.issues);
  const found: { readonly policy: ImagePolicy; readonly where: string }[] = [];
  for (const document of documents.filter(({ value }) => kindOf(value) !== 'TrustRoot')) {
    const { trustNames, withoutIssuer, kmsKeys, registryHosts } = options;
    const outside = {
      readKey: (path: string): string => readKey(path, document.file),
      trustNames,
      ...(withoutIssuer && { withoutIssuer }),
      trustRoots: trustRoots.parts,
      ...(kmsKeys && { kmsKeys }),
      ...(registryHosts && { registryHosts }),
    };
    const result = parsePolicy(document, outside);
    if (Array.isArray(result)) issues.push(...result);
    else found.push({ policy: result, where: document.locate(['metadata', 'name']) });
  }
  issues.push(...findRepeatedNames(found));
  if (issues.length > 0) {
    throw invalid(
      inFileOrder(
        issues,
        files.map(({ file }) => file),
      ),
    );
  }
  const policies = found.map(({ policy }) => policy).sort((a, b) => (a.name < b.name ? -1 : 1));
  return { revision: policyRevision(policies, options.noMatch), policies, noMatch: options.noMatch };
}

function kindOf(value: unknown): unknown {
  return isJsonObject(value) ? value['kind'] : undefined;
}

const NO_DOCUMENT = { message: 'expected a policy, got an empty file', hint: 'Begin with: apiVersion: lazaret.dev/v1' };

function invalid(issues: readonly InputIssue[]): InvalidInputError {
  const count = issues.length === 1 ? 'a fault' : `${issues.length} faults`;
  return new InvalidInputError('POLICY_INVALID', `the policies have ${count}`, issues);
}

function parsePolicy(document: YamlDocument, outside: ClusterContext): ImagePolicy | InputIssue[] {
  if (kindOf(document.value) === 'ClusterImagePolicy') return parseClusterImagePolicy(document, outside);
  const wrongKind = findWrongKind(document);
  if (wrongKind !== undefined) return [wrongKind];
  const reading = parseWithSchema(createPolicySchema(outside), document);
  if (!reading.ok) return [...reading.issues];
  const { metadata, spec } = reading.value;
  const { artifacts, grace, evidence, require, ...rest } = spec;
  const anyOf = require.flatMap((entry) => (entry.kind === 'any-of' ? [entry.ways] : []));
  return {
    name: metadata.name,
    file: document.file,
    ...rest,
    require: require.filter((entry) => entry.kind !== 'any-of'),
    ...(anyOf.length > 0 && { anyOf }),
    graceMs: grace,
    ...(evidence && { evidence }),
    ...(artifacts && { artifacts }),
  };
}

// A document of another kind would have a fault at every key; one sentence explains it better.
function findWrongKind(document: YamlDocument): InputIssue | undefined {
  const kind = kindOf(document.value);
  if (typeof kind !== 'string' || kind === 'ImagePolicy') return undefined;
  const nearest = nearestWord(kind, ['ImagePolicy', 'ClusterImagePolicy', 'TrustRoot']);
  // A spelling mistake in `kind`: the schema reports it together with everything else.
  if (nearest === 'ImagePolicy') return undefined;
  return {
    where: document.locate(['kind']),
    message: 'kind: expected "ImagePolicy", got another kind of document',
    hint:
      nearest === undefined
        ? 'Write `apiVersion: lazaret.dev/v1` and `kind: ImagePolicy`; ClusterImagePolicy and TrustRoot are read too.'
        : `Did you mean "${nearest}"?`,
  };
}

function createPolicySchema(outside: SignerContext & EvidenceContext) {
  const requirement = createRequirementSchema(outside);
  return z.strictObject({
    apiVersion: z.literal('lazaret.dev/v1'),
    kind: z.literal('ImagePolicy'),
    metadata: z.strictObject({ name: nameSchema }),
    spec: z.strictObject({
      images: z
        .array(globSchema.transform(imageGlob))
        .min(1)
        .describe('globs over host/repository, such as registry.example.com/acme/**'),
      grace: durationField().prefault(DEFAULT_GRACE),
      onFailure: z.enum(['quarantine', 'alert']).default('quarantine'),
      platforms: levelSchema.default('index'),
      artifacts: artifactsSchema.optional(),
      evidence: createEvidenceSchema(outside).optional(),
      require: z
        .array(requirement)
        .min(1)
        .superRefine(checkNames, { when: () => true })
        .describe('what an image must prove; every entry must hold'),
    }),
    // Tests of the policy (`lazaret policy test`), which change nothing about its meaning.
    examples: z.array(exampleSchema).optional(),
  });
}

function checkNames(require: readonly { readonly name: string }[], context: z.core.$RefinementCtx): void {
  if (!Array.isArray(require)) return;
  const names = require.map((entry: unknown) => (isJsonObject(entry) ? entry['name'] : undefined));
  for (const [index, name] of names.entries()) {
    const first = names.indexOf(name);
    if (typeof name !== 'string' || first === index) continue;
    addFault(context, { message: `"${name}" is the name of require[${first}] too`, hint: 'Give each its own name.' }, [
      index,
      'name',
    ]);
  }
}

function findRepeatedNames(found: readonly { readonly policy: ImagePolicy; readonly where: string }[]): InputIssue[] {
  return [...Map.groupBy(found, ({ policy }) => policy.name).values()].flatMap(([first, ...others]) =>
    others.map(({ policy, where }) => ({
      where,
      message: `the name "${policy.name}" is taken by the policy at ${first?.where ?? 'another place'}`,
      hint: 'Give each policy its own name.',
    })),
  );
}
