import type { Config } from '../../config/config.ts';
import { loadConfig } from '../../config/load-config.ts';
import type { SubjectRecord } from '../../ports/subject-record.ts';
import type { Records } from '../../records/create-records.ts';
import type { CliContext } from '../cli-context.ts';
import { plainJson, plainText } from '../plain-text.ts';
import type { OutputFormat } from '../shared-options.ts';
import { wrapText } from '../wrap-text.ts';
import { openRecord } from './open-record.ts';

interface ListOptions {
  readonly config?: string;
  readonly output: OutputFormat;
}

/** One image that carries our tag. */
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

/** Prints the images that carry our tag, newest first. */
export async function listQuarantine(options: ListOptions, context: CliContext): Promise<void> {
  const config = await loadConfig(options.config, context.env);
  const record = await openRecord(config);
  try {
    const images = record === null ? [] : await readAll(record.records, config);
    if (options.output === 'json') context.terminal.out(plainJson({ images }, 2));
    else printImages(images, context);
  } finally {
    await record?.close();
  }
}

/** As many as a page of the record holds at most. */
const PAGE = 500;

async function readAll({ query }: Records, config: Config): Promise<readonly Quarantined[]> {
  const images: Quarantined[] = [];
  let cursor: string | null = null;
  do {
    const filter = { mark: 'quarantined', limit: PAGE, ...(cursor !== null && { cursor }) } as const;
    const page: Awaited<ReturnType<typeof query.listSubjects>> = await query.listSubjects(filter);
    images.push(...page.subjects.map((subject) => describe(subject, config)));
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

function printImages(images: readonly Quarantined[], { terminal }: CliContext): void {
  for (const { image, tags, quarantineTag, outcome, reason, judgedAt } of images) {
    const names = tags.length === 0 ? '' : `, pushed as ${tags.join(', ')}`;
    terminal.out(terminal.style.bold(plainText(image)));
    const state = `${outcome ?? 'not judged'} on ${judgedAt ?? '?'}; tag ${quarantineTag ?? '?'}${names}`;
    for (const text of [state, reason ?? '']) {
      if (text !== '') terminal.out(wrapText(plainText(text), { width: terminal.width, indent: 2 }));
    }
  }
  const count = images.length === 1 ? '1 image is' : `${images.length || 'No'} images are`;
  terminal.err(`${count} quarantined.`);
}
