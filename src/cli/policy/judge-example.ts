import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type BuiltInTrust, isBuiltInTrust, usualThresholds } from '../../domain/built-in-trust.ts';
import { digestOf, matchesDigest } from '../../domain/digest.ts';
import type { Evidence } from '../../domain/evidence.ts';
import type { Finding } from '../../domain/finding.ts';
import type { ImagePolicy } from '../../domain/policy.ts';
import type { TrustRoot } from '../../domain/trust-root.ts';
import type { Verdict } from '../../domain/verdict.ts';
import { InvalidInputError } from '../../kit/errors.ts';
import { isJsonObject } from '../../kit/json.ts';
import { parseJson } from '../../kit/parse-json.ts';
import { createMaterialStore } from '../../pipeline/judge/material-store.ts';
import { judge } from '../../policy/judge/judge.ts';
import { listMaterials, requirementsOf } from '../../policy/judge/list-materials.ts';
import { matchesImage } from '../../policy/judge/match-images.ts';
import type { LocatedExample } from '../../policy/read/parse-policy-examples.ts';
import { verifyEvidence } from '../../verification/check/verify-evidence.ts';

/**
 * Judges an example by its policy, as an image without any grace left. Nothing is contacted.
 * @throws {InvalidInputError} for a file that is not there or not what it should be, or an image it does not cover
 */
export async function judgeExample(located: LocatedExample, policy: ImagePolicy): Promise<Verdict> {
  const { example } = located;
  const image = `${example.image.host}/${example.image.repository}`;
  if (!policy.images.some((glob) => matchesImage(glob, image, example.image.digest))) {
    throw new InvalidInputError('POLICY_INVALID', `the policy does not cover ${image}`, [
      {
        where: located.where,
        message: `it covers ${policy.images.join(', ')}`,
        hint: `It covers ${policy.images.join(', ')}.`,
      },
    ]);
  }
  const now = example.at ?? new Date();
  const findings = example.findings === undefined ? await verify(located, policy, now) : readFindings(located);
  return judge({ policies: [policy], noMatch: 'alert', image, digest: example.image.digest, findings, now });
}

async function verify(located: LocatedExample, policy: ImagePolicy, now: Date): Promise<readonly Finding[]> {
  const { example, file } = located;
  const items = example.evidence.map((path): Evidence => {
    const bytes = read(file, path);
    return { kind: 'bundle', digest: digestOf(bytes), place: 'referrer', bytes };
  });
  const { digest } = example.image;
  const manifest = example.manifest === undefined ? Buffer.alloc(0) : read(file, example.manifest);
  if (example.manifest !== undefined && !matchesDigest(manifest, digest)) {
    throw new InvalidInputError('POLICY_INVALID', `${example.manifest} is not the manifest of ${digest}`);
  }
  if (items.length === 0) return [];
  const roots = await openRoots(located, policy);
  const materials = await createMaterialStore(() => ({ epoch: 1, roots })).materialsFor([policy]);
  return verifyEvidence({ subject: digest, items }, { digest, manifest }, materials, now);
}

/** The trust roots the example names; in place of built-in ones, what Lazaret came with. */
async function openRoots(located: LocatedExample, policy: ImagePolicy): Promise<ReadonlyMap<string, TrustRoot>> {
  const roots = new Map<string, TrustRoot>();
  for (const [name, path] of Object.entries(located.example.trust)) {
    const document = read(located.file, path).toString('utf8');
    const chains = isNamedAlone(name, policy);
    roots.set(name, { name, document, thresholds: usualThresholds(name), ...(chains && { chains }) });
  }
  const missing = listMaterials([policy]).trust.filter((name) => !roots.has(name));
  for (const name of missing.filter((one) => !isBuiltInTrust(one))) {
    throw new InvalidInputError('POLICY_INVALID', `the example does not say where the trust root "${name}" is`, [
      { where: located.where, message: 'expected it under `trust`', hint: `Add trust: { ${name}: trusted_root.json }` },
    ]);
  }
  const packaged = missing.filter(isBuiltInTrust);
  if (packaged.length > 0) for (const [name, root] of await openPackaged(packaged)) roots.set(name, root);
  return roots;
}

// Only a configuration says which roots have chains; a policy that names a signer by such a root alone needs it.
function isNamedAlone(name: string, policy: ImagePolicy): boolean {
  const rules = requirementsOf(policy).flatMap(({ of }) => of);
  return rules.some((rule) => rule.kind === 'identity' && rule.trust === name && rule.issuer === undefined);
}

async function openPackaged(instances: readonly BuiltInTrust[]): Promise<ReadonlyMap<string, TrustRoot>> {
  const { createTrustRoots } = await import('../../trust/create-trust-roots.ts');
  const trust = instances.map((name) => {
    const origin = { kind: 'built-in', instance: name, refresh: false } as const;
    return { name, origin, thresholds: usualThresholds(name) };
  });
  return (await createTrustRoots({ trust, check: () => undefined })).current().roots;
}

function readFindings({ example, file }: LocatedExample): readonly Finding[] {
  const value = parseJson(read(file, example.findings ?? ''));
  const list = isJsonObject(value) && Object.hasOwn(value, 'findings') ? value['findings'] : value;
  if (Array.isArray(list) && list.every(isFinding)) return list;
  throw new InvalidInputError('POLICY_INVALID', `${example.findings} holds no findings`, [
    { where: file, message: 'expected a list of findings', hint: 'Take `findings` of a verdict from the API.' },
  ]);
}

// The record wrote them; what is checked here only keeps another file from being taken for one.
function isFinding(value: unknown): value is Finding {
  if (!isJsonObject(value)) return false;
  const [evidence, claim] = [value['evidence'], value['claim']];
  return (
    isJsonObject(evidence) &&
    typeof evidence['digest'] === 'string' &&
    isJsonObject(claim) &&
    typeof claim['kind'] === 'string' &&
    typeof value['material'] === 'string' &&
    typeof value['code'] === 'string' &&
    typeof value['message'] === 'string'
  );
}

function read(policyFile: string, path: string): Buffer {
  try {
    return readFileSync(resolve(dirname(policyFile), path));
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    const message = code === 'ENOENT' ? `there is no file ${path}` : `${path} cannot be read (${code})`;
    throw new InvalidInputError('POLICY_INVALID', message, [
      { where: policyFile, message, hint: 'A path is relative to the policy file that names it.' },
    ]);
  }
}
