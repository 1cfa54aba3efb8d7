import { readConfig } from '../../config/read-config.ts';
import { formatImageReference } from '../../domain/image-reference.ts';
import { LOCK_MARK, labelOf } from '../../domain/mark-name.ts';
import { isWholeName, markNames } from '../../domain/tag-template.ts';
import { describeAction } from '../../notify/describe-action.ts';
import { pointsTo, readName } from '../../quarantine/read-name.ts';
import { releasedArtifact } from '../../quarantine/released-artifact.ts';
import type { CliContext } from '../cli-context.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { parseImageWithDigest } from '../image-argument.ts';
import { openRegistryOf } from '../open-registry.ts';
import { plainJson, plainText } from '../plain-text.ts';
import type { OutputFormat } from '../shared-options.ts';
import { wrapText } from '../wrap-text.ts';
import { type MadeMark, makeMark } from './make-mark.ts';
import { type MarkKind, type MarkPlan, planMark } from './mark-plan.ts';
import { openRecord } from './open-record.ts';
import { userName } from './user-name.ts';

/** The options `quarantine release` and `quarantine apply` share. */
export interface MarkOptions {
  readonly config?: string;
  readonly dryRun?: boolean;
  readonly output: OutputFormat;
}

/**
 * Puts our tag on an image, or takes it off, because a person says so; with `--dry-run` only says what would be done.
 * @throws {InvalidInputError} `REFERENCE_INVALID`, `SUBJECT_UNKNOWN`, `VERDICT_NOT_FAILING`
 * @throws {FaultError} of the registry or the database
 */
export async function changeMark(
  argument: string,
  kind: MarkKind,
  options: MarkOptions,
  context: CliContext,
): Promise<ExitCode> {
  const image = parseImageWithDigest(argument);
  const config = await readConfig(options.config, context.env);
  const registry = openRegistryOf(image, config);
  const record = await openRecord(config);
  const signal = context.interrupt();
  try {
    const subject = { registryId: registry.id, repository: image.repository, digest: image.digest };
    const known = (await record?.records.query.readHistory(subject))?.subject ?? null;
    const plan = planMark(kind, image, { registry, known, config });
    if (options.dryRun === true || record === null) {
      report(plan, { dryRun: true, done: null, sentence: await previewMark(plan, signal) }, { options, context });
      return EXIT.ok;
    }
    const made = await makeMark(plan, userName(), record.records, signal);
    const { sentence } = describeAction({ ...stateOf(made), kind, tag: made.tag ?? plan.tag });
    report(
      { ...plan, tag: made.tag ?? plan.tag },
      { dryRun: false, done: made.result, sentence },
      { options, context },
    );
    return made.state === 'done' ? EXIT.ok : EXIT.couldNotTell;
  } finally {
    await registry.close();
    await record?.close();
  }
}

const STATES = ['done', 'failed', 'held', 'superseded', 'pending', 'sending'] as const;

function stateOf(made: MadeMark): MadeMark & { readonly state: (typeof STATES)[number] } {
  return { ...made, state: STATES.find((state) => state === made.state) ?? 'pending' };
}

interface Outcome {
  readonly dryRun: boolean;
  readonly done: string | null;
  readonly sentence: string;
}

function report(
  plan: MarkPlan,
  outcome: Outcome,
  { options, context }: { readonly options: MarkOptions; readonly context: CliContext },
): void {
  const { subject, registry, known, tag, kind } = plan;
  const image = formatImageReference({ host: registry.host, repository: subject.repository, digest: subject.digest });
  const verdict = known.verdict?.verdict;
  const { out, style, width } = context.terminal;
  if (options.output === 'json') {
    const verdictNow = { outcome: verdict?.outcome ?? null, reason: verdict?.reason ?? null };
    out(plainJson({ image, action: kind, tag, mark: known.mark, ...verdictNow, ...outcome }, 2));
    return;
  }
  out(style.bold(plainText(image)));
  for (const text of [`${verdict?.outcome ?? 'not judged'}: ${verdict?.reason ?? ''}`, outcome.sentence]) {
    out(wrapText(plainText(text), { width, indent: 2 }));
  }
}

/**
 * Says what a change would do, as the registry is now: the same looks as the change itself, and no write.
 * @throws {FaultError} if the registry does not answer
 */
async function previewMark(plan: MarkPlan, signal: AbortSignal): Promise<string> {
  const { kind, subject, tag, template, registry } = plan;
  const { repository, digest } = subject;
  if (tag === LOCK_MARK) return previewLock(plan, signal);
  const label = labelOf(tag);
  if (label !== undefined) return previewLabel(plan, label, signal);
  const { reader } = registry;
  const named = await readName(reader, repository, tag, signal);
  const isOurs = pointsTo(named, digest);
  const isReleased = named.kind === 'manifest' && named.manifest.digest === releasedArtifact(digest).digest;
  if (kind === 'release') {
    if (named.kind === 'nothing') return `There is no tag ${tag} to take off; it would only be recorded as released.`;
    if (isReleased) return `The tag ${tag} already says "released".`;
    if (!isOurs) return `The tag ${tag} points to something Lazaret did not put there, and would be left alone.`;
    return `The tag ${tag} would be deleted, or pointed to a "released" artifact if the registry deletes no tags.`;
  }
  if (isOurs) return `The tag ${tag} is on it already; nothing would change.`;
  const image = await reader.readManifest(repository, { digest }, signal);
  if (image === null) return 'The registry no longer has this image; nothing would be changed.';
  if (named.kind === 'nothing' || isReleased) return `The tag ${tag} would be put on it.`;
  return isWholeName(tag, digest)
    ? `The tag ${tag}, under which somebody pushed another image, would be put on it.`
    : `The tag ${markNames(template, digest, tag).at(-1)} would be put on it: ${tag} points to another image, and is left alone.`;
}

async function previewLabel(
  { kind, subject, registry }: MarkPlan,
  label: string,
  signal: AbortSignal,
): Promise<string> {
  const state = await registry.labels?.reader.read(subject.repository, subject.digest, label, signal);
  if (state === undefined) return `The registry has no labels now; the label ${label} would be left as it is.`;
  if (state === 'gone') return 'The registry no longer has this image; nothing would be changed.';
  if (kind === 'release') {
    if (state === 'on') return `The label ${label} would be taken off it.`;
    return `There is no label ${label} to take off; it would only be recorded as released.`;
  }
  return state === 'on'
    ? `The label ${label} is on it already; nothing would change.`
    : `The label ${label} would be put on it.`;
}

async function previewLock({ kind, subject, registry }: MarkPlan, signal: AbortSignal): Promise<string> {
  const state = await registry.locks?.reader.read(subject.repository, subject.digest, signal);
  if (state === undefined) return 'Images of this registry cannot be locked or opened now; nothing would be changed.';
  if (state === 'gone') return 'The registry no longer has this image; nothing would be changed.';
  if (kind === 'release') {
    if (state === 'locked') return 'The lock would be taken off it, if it is one of Lazaret.';
    return 'There is no lock to take off; it would only be recorded as released.';
  }
  return state === 'locked'
    ? 'It is locked already; nothing would change.'
    : 'It would be locked: nobody could pull it.';
}
