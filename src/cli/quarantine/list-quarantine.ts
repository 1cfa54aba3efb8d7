import type { Config } from '../../config/config.ts';
import { readConfig } from '../../config/read-config.ts';
import { describeMark } from '../../domain/mark-name.ts';
import { registryName } from '../../domain/registry-name.ts';
import type { Outcome } from '../../domain/verdict.ts';
import type { SubjectRecord } from '../../ports/subject-record.ts';
import type { Records } from '../../records/create-records.ts';
import type { CliContext } from '../cli-context.ts';
import { parseImageArgument } from '../image-argument.ts';
import { plainJson, plainText } from '../plain-text.ts';
import type { OutputFormat } from '../shared-options.ts';
import { wrapText } from '../wrap-text.ts';
import { openRecord } from './open-record.ts';

/** The options of `quarantine list`. */
export interface ListOptions {
  readonly config?: string;
  /** `HOST/REPOSITORY` */
  readonly repository?: string;
  /** Also what fails and carries no tag. */
  readonly failing?: boolean;
  readonly output: OutputFormat;
}

/** One image that carries our tag, or fails without it. */
interface Quarantined {
  readonly image: string;
  readonly quarantineTag: string | null;
  readonly tags: readonly string[];
  readonly outcome: string | null;
  readonly code: string | null;
  readonly reason: string | null;
  readonly firstSeenAt: string;
  readonly judgedAt: string | null;
}

/**
 * Prints the images that carry our tag, or all that fail, newest first.
 * @throws {InvalidInputError} `REFERENCE_INVALID`
 */
export async function listQuarantine(options: ListOptions, context: CliContext): Promise<void> {
  const config = await readConfig(options.config, context.env);
  const filters = filtersOf(options, config);
  const record = await openRecord(config);
  try {
    const found = record === null ? [] : await Promise.all(filters.map((filter) => readAll(record.records, filter)));
    const images = found
      .flat()
      .toSorted((a, b) => b.firstSeenAt.getTime() - a.firstSeenAt.getTime())
      .map((subject) => describe(subject, config));
    if (options.output === 'json') context.terminal.out(plainJson({ images }, 2));
    else printImages(images, options, context);
  } finally {
    await record?.close();
  }
}

type Filter = Omit<Parameters<Records['query']['listSubjects']>[0], 'limit' | 'cursor'>;

const FAILING: readonly Outcome[] = ['fail-evidence', 'fail-missing', 'rejected-input'];

/** What is asked for, as one or several questions to the record. */
function filtersOf({ repository, failing }: ListOptions, { registries }: Config): readonly Filter[] {
  const states: readonly Filter[] = failing ? FAILING.map((outcome) => ({ outcome })) : [{ mark: 'quarantined' }];
  if (repository === undefined) return states;
  const image = parseImageArgument(repository);
  const ofHost = registries.filter(({ url }) => registryName(url) === image.host);
  return ofHost.flatMap(({ id }) =>
    states.map((state) => ({ ...state, registryId: id, repository: image.repository })),
  );
}

/** All that fails for good, whether it carries our tag or not. */
export async function readFailing(records: Records): Promise<readonly SubjectRecord[]> {
  const found: SubjectRecord[] = [];
  for (const outcome of FAILING) found.push(...(await readAll(records, { outcome })));
  return found;
}

/** As many as a page of the record holds at most. */
const PAGE = 500;

async function readAll({ query }: Records, filter: Filter): Promise<readonly SubjectRecord[]> {
  const images: SubjectRecord[] = [];
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof query.listSubjects>> = await query.listSubjects({
      ...filter,
      limit: PAGE,
      ...(cursor !== null && { cursor }),
    });
    // While the grace lasts nothing has failed.
    images.push(...page.subjects.filter(({ verdict, mark }) => mark === 'quarantined' || verdict?.final === true));
    cursor = page.next;
  } while (cursor !== null);
  return images;
}

function describe(subject: SubjectRecord, config: Config): Quarantined {
  const registry = config.registries.find(({ id }) => id === subject.registryId);
  // A registry that was taken out of the configuration has no host any more; its id says which one it was.
  const host = registry?.url.host ?? subject.registryId;
  const { verdict } = subject;
  return {
    image: `${host}/${subject.repository}@${subject.digest}`,
    quarantineTag: subject.markTag,
    tags: subject.tags.filter((tag) => tag !== subject.markTag),
    outcome: verdict?.verdict.outcome ?? null,
    code: verdict?.verdict.code ?? null,
    reason: verdict?.verdict.reason ?? null,
    firstSeenAt: subject.firstSeenAt.toISOString(),
    judgedAt: verdict?.judgedAt.toISOString() ?? null,
  };
}

function printImages(images: readonly Quarantined[], { failing }: ListOptions, { terminal }: CliContext): void {
  for (const { image, tags, quarantineTag, outcome, reason, judgedAt } of images) {
    const names = tags.length === 0 ? '' : `, pushed as ${tags.join(', ')}`;
    terminal.out(terminal.style.bold(plainText(image)));
    const state = `${outcome ?? 'not judged'} on ${judgedAt ?? '?'}; ${quarantineTag === null ? 'no quarantine mark' : describeMark(quarantineTag)}${names}`;
    for (const text of [state, reason ?? '']) {
      if (text !== '') terminal.out(wrapText(plainText(text), { width: terminal.width, indent: 2 }));
    }
  }
  const count = images.length === 1 ? '1 image is' : `${images.length || 'No'} images are`;
  terminal.err(failing ? `${count} failing.` : `${count} quarantined.`);
}
