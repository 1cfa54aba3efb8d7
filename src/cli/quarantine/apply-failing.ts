import type { Config } from '../../config/config.ts';
import { readConfig } from '../../config/read-config.ts';
import { registryName } from '../../domain/registry-name.ts';
import { isFailing } from '../../domain/verdict.ts';
import { InvalidInputError } from '../../kit/errors.ts';
import { globFault, matchesGlob } from '../../kit/glob.ts';
import type { SubjectRecord } from '../../ports/subject-record.ts';
import type { CliContext } from '../cli-context.ts';
import { plainJson, plainText } from '../plain-text.ts';
import type { OutputFormat } from '../shared-options.ts';
import { readFailing } from './list-quarantine.ts';
import { openRecord } from './open-record.ts';

/** The options of `quarantine apply --failing`, as written. */
export interface ApplyFailingOptions {
  readonly config?: string;
  /** Glob over `HOST/REPOSITORY`, or over the repository alone. */
  readonly repository?: string;
  readonly dryRun?: boolean;
  readonly output: OutputFormat;
}

/**
 * Ends the baseline of images that fail: the daemon looks at each once more, and what still fails is tagged and told of
 * as a push is, within the limits of the breaker.
 * @throws {InvalidInputError} `USAGE_INVALID` @throws {FaultError} of the database
 */
export async function applyFailing(options: ApplyFailingOptions, context: CliContext): Promise<void> {
  const glob = checkGlob(options.repository);
  const config = await readConfig(options.config, context.env);
  const record = await openRecord(config);
  try {
    const failing = record === null ? [] : await readFailing(record.records);
    const chosen = failing.filter(
      (subject) => isHeld(subject) && names(subject, config).some((name) => matchesGlob(glob, name)),
    );
    const isDry = options.dryRun === true;
    const asked = isDry || record === null ? 0 : await record.records.manual.endBaseline(chosen, new Date());
    report(chosen, { asked, isDry, config, options }, context);
  } finally {
    await record?.close();
  }
}

function checkGlob(glob: string | undefined): string {
  const fault = glob === undefined ? 'expected --repository GLOB beside --failing' : globFault(glob);
  if (glob !== undefined && fault === undefined) return glob;
  throw new InvalidInputError('USAGE_INVALID', fault ?? '', [
    {
      where: '--repository',
      message: fault ?? '',
      hint: 'For all of a registry: --repository "registry.example.com/**".',
    },
  ]);
}

/** Whether it lay there before the first sweep, and its failing verdict is final. */
function isHeld({ baseline, state, verdict }: SubjectRecord): boolean {
  const outcome = verdict?.verdict.outcome;
  return (
    baseline === 'recorded' &&
    state === 'final' &&
    outcome !== undefined &&
    (isFailing(outcome) || outcome === 'rejected-input')
  );
}

function names({ registryId, repository }: SubjectRecord, config: Config): readonly string[] {
  const registry = config.registries.find(({ id }) => id === registryId);
  return registry === undefined ? [repository] : [`${registryName(registry.url)}/${repository}`, repository];
}

interface Outcome {
  readonly asked: number;
  readonly isDry: boolean;
  readonly config: Config;
  readonly options: ApplyFailingOptions;
}

function report(
  chosen: readonly SubjectRecord[],
  { asked, isDry, config, options }: Outcome,
  { terminal }: CliContext,
): void {
  const images = chosen.map((subject) => ({
    image: `${names(subject, config)[0]}@${subject.digest}`,
    code: subject.verdict?.verdict.code ?? null,
    reason: subject.verdict?.verdict.reason ?? null,
  }));
  if (options.output === 'json') {
    terminal.out(plainJson({ dryRun: isDry, asked, images }, 2));
    return;
  }
  for (const { image, code } of images) terminal.out(plainText(`${image} (${code})`));
  const count = `${images.length} ${images.length === 1 ? 'image' : 'images'} of the baseline`;
  terminal.err(
    isDry
      ? `${count} would be looked at once more, and tagged and told of if they still fail. Nothing was done.`
      : `${count} will be looked at once more by the daemon, and tagged and told of if they still fail, as the breaker allows.`,
  );
}
