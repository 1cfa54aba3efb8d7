import type { Config } from '../../config/config.ts';
import { readConfig } from '../../config/read-config.ts';
import type { Digest } from '../../domain/digest.ts';
import { formatImageReference, type ImageReference } from '../../domain/image-reference.ts';
import type { Subject } from '../../domain/subject.ts';
import { InvalidInputError } from '../../kit/errors.ts';
import type { SubjectRecord } from '../../ports/subject-record.ts';
import type { Records } from '../../records/create-records.ts';
import type { CliContext } from '../cli-context.ts';
import { parseImageArgument } from '../image-argument.ts';
import { openRegistryOf } from '../open-registry.ts';
import { plainJson, plainText } from '../plain-text.ts';
import { openRecord } from '../quarantine/open-record.ts';
import type { OutputFormat } from '../shared-options.ts';
import { wrapText } from '../wrap-text.ts';

/** The options of `recheck`, as written. */
export interface RecheckOptions {
  readonly config?: string;
  readonly failing?: boolean;
  readonly dryRun?: boolean;
  readonly output: OutputFormat;
}

/** An image that will be looked at again, with its verdict so far. */
interface Asked {
  readonly image: string;
  readonly outcome: string | null;
  readonly reason: string | null;
}

/**
 * Puts the wish for another look on record, for each image or for all that do not pass.
 * @throws {InvalidInputError} `USAGE_INVALID`, `REFERENCE_INVALID`, `SUBJECT_UNKNOWN`
 * @throws {FaultError} of the registry (a tag must be resolved) or the database
 */
export async function recheck(images: readonly string[], options: RecheckOptions, context: CliContext): Promise<void> {
  assertEitherOr(images, options);
  const references = images.map(parseImageArgument);
  const config = await readConfig(options.config, context.env);
  const record = await openRecord(config);
  try {
    const records = record?.records ?? null;
    if (options.failing === true) {
      const how = { dryRun: options.dryRun === true };
      reportFailing(records === null ? 0 : await records.manual.recheckFailing(new Date(), how), options, context);
      return;
    }
    const asked: Asked[] = [];
    for (const image of references)
      asked.push(await ask(image, { config, records, options, signal: context.interrupt() }));
    report(asked, options, context);
  } finally {
    await record?.close();
  }
}

function assertEitherOr(images: readonly string[], { failing = false }: RecheckOptions): void {
  if (images.length > 0 !== failing) return;
  throw new InvalidInputError('USAGE_INVALID', 'expected either images or --failing', [
    { where: 'recheck', message: failing ? 'got both' : 'got neither', hint: 'See `lazaret recheck --help`.' },
  ]);
}

interface Means {
  readonly config: Config;
  readonly records: Records | null;
  readonly options: RecheckOptions;
  readonly signal: AbortSignal;
}

async function ask(image: ImageReference, { config, records, options, signal }: Means): Promise<Asked> {
  const registry = openRegistryOf(image, config);
  try {
    const { repository, tag = 'latest' } = image;
    const digest = image.digest ?? (await registry.reader.readManifest(repository, { tag }, signal))?.digest;
    const name = formatImageReference(image);
    if (digest === undefined || records === null) throw unknown(name, digest);
    const subject: Subject = { registryId: registry.id, repository, digest };
    const known = await records.manual.recheck(subject, new Date(), { dryRun: options.dryRun === true });
    return describe(formatImageReference({ host: image.host, repository, digest }), known);
  } finally {
    await registry.close();
  }
}

function unknown(name: string, digest: Digest | undefined): InvalidInputError {
  const message = digest === undefined ? 'the registry has no such image' : 'no daemon has run on this data folder yet';
  return new InvalidInputError('SUBJECT_UNKNOWN', `expected an image that was announced here, got ${name}`, [
    { where: name, message, hint: '`lazaret verify` judges any image.' },
  ]);
}

function describe(image: string, { verdict }: SubjectRecord): Asked {
  return { image, outcome: verdict?.verdict.outcome ?? null, reason: verdict?.verdict.reason ?? null };
}

function reportFailing(count: number, { output, dryRun }: RecheckOptions, { terminal }: CliContext): void {
  const images = `${count} ${count === 1 ? 'image' : 'images'}`;
  if (output === 'json') terminal.out(plainJson({ asked: dryRun ? 0 : count, ...(dryRun && { wouldAsk: count }) }, 2));
  else if (dryRun) terminal.out(`${images} would be looked at again. ${NOTHING}`);
  else terminal.out(`${images} will be looked at again, a few a second.`);
}

const NOTHING = 'Nothing was done.';

function report(asked: readonly Asked[], { output, dryRun }: RecheckOptions, { terminal }: CliContext): void {
  if (output === 'json') {
    terminal.out(plainJson({ asked: dryRun ? 0 : asked.length, images: asked }, 2));
    return;
  }
  for (const { image, outcome, reason } of asked) {
    terminal.out(terminal.style.bold(plainText(image)));
    const words = `${outcome ?? 'not judged'} so far: ${reason ?? 'nobody has looked at it yet'}`;
    terminal.out(wrapText(plainText(words), { width: terminal.width, indent: 2 }));
  }
  if (dryRun) {
    terminal.err(`${asked.length === 1 ? 'It' : 'They'} would be looked at again. ${NOTHING}`);
    return;
  }
  terminal.err(
    `${asked.length === 1 ? 'It is' : 'They are'} looked at again by the daemon, within seconds if it runs.`,
  );
}
