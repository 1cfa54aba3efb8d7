import type { Config } from '../../config/config.ts';
import { loadConfig } from '../../config/load-config.ts';
import { policyOptions } from '../../config/policy-options.ts';
import { InvalidInputError } from '../../domain/errors.ts';
import type { PolicySet } from '../../domain/policy.ts';
import { type Rejudgement, rejudge } from '../../policy/rejudge.ts';
import type { SubjectRecord } from '../../ports/subject-record.ts';
import type { Records } from '../../records/create-records.ts';
import type { CliContext } from '../cli-context.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { plainJson } from '../plain-text.ts';
import { openRecord } from '../quarantine/open-record.ts';
import type { OutputFormat } from '../shared-options.ts';
import { findPolicyFiles } from './find-policy-files.ts';
import { readPolicyFiles } from './read-policy-files.ts';
import { type DiffReport, printDiff, toJsonDiff } from './render-diff.ts';

/** The options of `policy diff`. */
export interface DiffOptions {
  readonly against: readonly string[];
  readonly config?: string;
  readonly output: OutputFormat;
}

/** Judges everything on record by other policies and prints which verdicts would flip. Nothing is written or asked. */
export async function diffPolicies(options: DiffOptions, context: CliContext): Promise<ExitCode> {
  const config = await loadConfig(options.config, context.env);
  // What the configuration says about images without a policy, its trust roots and KMS keys stay as they are.
  const policies = readPolicyFiles(findPolicyFiles(options.against), policyOptions(config));
  const record = await openRecord(config);
  if (record === null) throw noRecord(config);
  try {
    const report = await rejudgeAll(record.records, config, policies);
    if (options.output === 'json') context.terminal.out(plainJson(toJsonDiff(report), 2));
    else printDiff(report, context.terminal);
    return EXIT.ok;
  } finally {
    await record.close();
  }
}

function noRecord({ dataDir }: Config): InvalidInputError {
  const message = 'there is no record yet: no daemon has run with this configuration';
  return new InvalidInputError('USAGE_INVALID', message, [
    { where: dataDir, message: 'holds no database', hint: 'Images are judged anew from what a daemon has recorded.' },
  ]);
}

/** As many as a page of the record holds at most. */
const PAGE = 500;

async function rejudgeAll({ query }: Records, config: Config, policies: PolicySet): Promise<DiffReport> {
  const now = new Date();
  const changes: DiffReport['changes'][number][] = [];
  let judged = 0;
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof query.listSubjects>> = await query.listSubjects({
      limit: PAGE,
      ...(cursor !== null && { cursor }),
    });
    const ids = page.subjects.flatMap(({ verdict }) => (verdict === null ? [] : [verdict.id]));
    const findings = await query.readFindings(ids);
    for (const subject of page.subjects) {
      const { verdict } = subject;
      if (verdict === null) continue;
      judged++;
      const image = imageOf(subject, config);
      const { digest } = subject;
      const stored = { image, digest, verdict: verdict.verdict, findings: findings.get(verdict.id) ?? [] };
      const result: Rejudgement = rejudge(stored, policies, now);
      if (result.kind !== 'same') changes.push({ image, digest, tags: subject.tags, before: verdict.verdict, result });
    }
    cursor = page.next;
  } while (cursor !== null);
  return { judged, changes };
}

function imageOf({ registryId, repository }: SubjectRecord, config: Config): string {
  // A registry that was taken out of the configuration has no host any more; its id says which one it was.
  const registry = config.registries.find(({ id }) => id === registryId);
  return `${registry?.url.host ?? registryId}/${repository}`;
}
