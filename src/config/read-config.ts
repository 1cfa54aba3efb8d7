import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { BUILT_IN_TRUST, mayOmitIssuer } from '../domain/built-in-trust.ts';
import { imageHost } from '../domain/registry-name.ts';
import { hasAllRoles, ROLES, type Role } from '../domain/role.ts';
import { type InputIssue, type InvalidInputCode, InvalidInputError } from '../kit/errors.ts';
import { inFileOrder } from '../kit/issue-order.ts';
import { isJsonObject, type Json } from '../kit/json.ts';
import { parseWithSchema, type SchemaReading } from '../kit/strict-schema.ts';
import { parseStrictYaml, type YamlDocument } from '../kit/strict-yaml.ts';
import type { PolicyOptions } from '../policy/read/parse-policy-documents.ts';
import type { Config } from './config.ts';
import { createConfigSchema } from './config-schema.ts';
import { crossCheck } from './cross-checks.ts';
import { findConfig, MACHINE_CONFIG } from './find-config.ts';
import { findWarnings } from './find-warnings.ts';
import { createKmsKeySchema } from './kms-key-schema.ts';
import { leaveToOthers } from './leave-to-others.ts';
import { createOutside, type Environment, type Outside } from './outside.ts';
import { parseProxyEnvironment } from './proxy-environment.ts';
import { fillBreaker } from './quarantine-schema.ts';
import { type PolicyReading, readPolicies } from './read-policies.ts';
import { withBuiltIn } from './trust-schema.ts';
import { type Entry, entriesOf, listOf, sectionOf, servedBy } from './written-section.ts';

type Written = Extract<SchemaReading<ReturnType<typeof createConfigSchema>['_output']>, { readonly ok: true }>['value'];

/**
 * Reads the configuration with the secrets, policies and keys it names. Without a path: `lazaret.yaml` here, then
 * `/etc/lazaret/lazaret.yaml`. Every fault of every file is reported at once, as `file:line:column`. What only
 * processes of other roles need is not read, and of warnings a process that has some roles says nothing.
 * @throws {InvalidInputError} `CONFIG_NOT_FOUND`, `CONFIG_INVALID`; `SECRET_UNREADABLE` or `POLICY_INVALID` where
 *   nothing else is wrong
 */
export async function readConfig(
  path: string | undefined,
  environment: Environment,
  roles: readonly Role[] = ROLES,
): Promise<Config> {
  const file = findConfig(path);
  const { document, repeats } = readDocument(file);
  const outside = createOutside(file, environment);
  const reading = parseWithSchema(createConfigSchema(outside), leaveToOthers(document, roles));
  const issues = inFileOrder([...repeats, ...(reading.ok ? [] : reading.issues), ...crossCheck(document)]);
  const policies = readNamedPolicies(document, dirname(file), outside);
  if (!reading.ok || issues.length > 0 || policies.policies === undefined) {
    throw invalid({ file, issues, policyIssues: policies.issues, outside });
  }
  const proxy = reading.value.proxy ?? parseProxyEnvironment(environment);
  const named = { set: policies.policies, files: policies.files };
  const config = { ...assemble(file, { ...reading.value, proxy }, named), ...whoeverDoesIt(document), roles };
  return { ...config, warnings: hasAllRoles(roles) ? findWarnings(config, document) : [] };
}

/** A document with a repeated key is returned too, so that this fault hides no other. */
function readDocument(file: string): { readonly document: YamlDocument; readonly repeats: readonly InputIssue[] } {
  const reading = parseStrictYaml(file, readText(file));
  const [document, second] = reading.documents;
  const issues = [...reading.issues];
  if (second !== undefined) issues.push({ where: second.locate([]), message: 'expected one document, got another' });
  if (document === undefined && issues.length === 0) {
    issues.push({
      where: file,
      message: 'expected a configuration, got an empty file',
      hint: 'Begin with `registries:`.',
    });
  }
  if (document === undefined || second !== undefined)
    throw new InvalidInputError('CONFIG_INVALID', summary(issues), issues);
  return { document, repeats: issues };
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown error';
    const issue = { where: file, message: `cannot be read (${code})`, hint: 'Let the user Lazaret runs as read it.' };
    throw new InvalidInputError('CONFIG_NOT_FOUND', `${file} cannot be read`, [issue], { cause });
  }
}

// Reads the policies from the document as written, so that a fault elsewhere in the configuration does not hide theirs.
function readNamedPolicies(document: YamlDocument, folder: string, outside: Outside): PolicyReading {
  const paths = textsOf(listOf(document, 'policies')).map((path, index) => ({
    path,
    where: document.locate(['policies', index]),
  }));
  const noMatch =
    (['alert', 'fail', 'ignore'] as const).find((choice) => choice === sectionOf(document, 'noMatch')) ?? 'alert';
  const trust = entriesOf(document, 'trust').map(({ value }) => value);
  const named = (entries: typeof trust): readonly string[] => textsOf(entries.map(({ name }) => name ?? null));
  const chained = trust.filter(({ chains }) => chains === true);
  return readPolicies(paths, folder, {
    trustNames: [...new Set([...BUILT_IN_TRUST, ...named(trust)])],
    withoutIssuer: [...BUILT_IN_TRUST.filter((name) => mayOmitIssuer({ name })), ...named(chained)],
    noMatch,
    kmsKeys: kmsKeysOf(entriesOf(document, 'kmsKeys'), outside),
    ...hostsOf(listOf(document, 'registries')),
  });
}

// A key that cannot be read is reported where it is configured, not at every policy that refers to it.
function kmsKeysOf(entries: readonly Entry[], outside: Outside): NonNullable<PolicyOptions['kmsKeys']> {
  const schema = createKmsKeySchema(outside);
  return new Map(
    entries.flatMap(({ value }): readonly [string, string | undefined][] => {
      const { reference } = value;
      return typeof reference === 'string' ? [[reference, schema.safeParse(value).data?.publicKey]] : [];
    }),
  );
}

// Named as images are. If a URL is wrong, only that is reported, not every policy that needs its host.
function hostsOf(registries: readonly Json[]): Pick<PolicyOptions, 'registryHosts'> {
  const urls = registries.map((entry) => (isJsonObject(entry) ? URL.parse(String(entry['url'])) : null));
  const hosts = urls.flatMap((url) => (url === null ? [] : [imageHost(url.host)]));
  return hosts.length === 0 || urls.includes(null) ? {} : { registryHosts: [...new Set(hosts)] };
}

function textsOf(values: readonly Json[]): readonly string[] {
  return values.flatMap((value) => (typeof value === 'string' && value !== '' ? [value] : []));
}

interface Faults {
  readonly file: string;
  readonly issues: readonly InputIssue[];
  readonly policyIssues: readonly InputIssue[];
  readonly outside: Outside;
}

function invalid({ issues, policyIssues, outside }: Faults): InvalidInputError {
  const all = [...issues, ...policyIssues];
  const onlySecrets = policyIssues.length === 0 && outside.missingSecrets() >= issues.length;
  const code: InvalidInputCode =
    issues.length === 0 ? 'POLICY_INVALID' : onlySecrets ? 'SECRET_UNREADABLE' : 'CONFIG_INVALID';
  return new InvalidInputError(code, summary(all), all);
}

function summary(issues: readonly InputIssue[]): string {
  return `the configuration has ${issues.length === 1 ? 'a fault' : `${issues.length} faults`}`;
}

function assemble(
  file: string,
  written: Written,
  policies: { readonly set: Config['policies']; readonly files: readonly string[] },
): Omit<Config, 'warnings' | 'roles' | keyof ReturnType<typeof whoeverDoesIt>> {
  const {
    dataDir,
    trust,
    sweepEvery,
    rescan,
    record,
    evidenceMiB,
    quarantine,
    policies: _,
    noMatch: __,
    postgres,
    redis,
    proxy,
    ...rest
  } = written;
  return {
    ...rest,
    file,
    dataDir: dataDir ?? defaultDataDir(file),
    trust: withBuiltIn(trust),
    policies: policies.set,
    policyFiles: policies.files,
    quarantine: {
      ...quarantine,
      modes: new Map(rest.registries.flatMap(({ id, mode }) => (mode === undefined ? [] : [[id, mode]]))),
      breaker: fillBreaker(quarantine.breaker, rest.registries.length),
    },
    sweepEveryMs: sweepEvery,
    rescanEveryMs: rescan.every,
    keepMs: record.keep,
    evidenceBytes: evidenceMiB * 1024 * 1024,
    ...(proxy !== undefined && { proxy }),
    ...(postgres !== undefined && { postgres }),
    ...(redis !== undefined && { redis }),
  };
}

/** What all processes know of each other's parts. */
function whoeverDoesIt(document: YamlDocument): Pick<Config, 'sinkIds' | 'announcing'> {
  const announced = entriesOf(document, 'sources').filter(({ value: { kind } }) => kind !== 'poll');
  return {
    sinkIds: textsOf(entriesOf(document, 'notify').map(({ value: { id = null } }) => id)),
    announcing: [...new Set(announced.flatMap(({ value }) => servedBy(value)))],
  };
}

// Data lie beside a project's own file, but not in /etc, which is no place for data.
function defaultDataDir(file: string): string {
  return file === MACHINE_CONFIG ? '/var/lib/lazaret' : join(dirname(file), 'lazaret-data');
}
