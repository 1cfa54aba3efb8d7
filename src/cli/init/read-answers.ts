import { REGISTRY_KIND_NAMES, REGISTRY_KINDS } from '../../domain/registry-kind.ts';
import { type InputIssue, InvalidInputError } from '../../kit/errors.ts';
import { type ANNOUNCE_WAYS, CI_NAMES, type InitAnswers, NOTIFY_WAYS } from './answers.ts';
import { CI_SIGNERS } from './ci-signers.ts';
import { REGISTRY_GUIDES } from './registry-guides.ts';

/** What the command line says already. */
export interface InitFlags {
  readonly registry?: string;
  readonly url?: string;
  readonly repositories?: readonly string[];
  readonly announce?: string;
  readonly ci?: string;
  readonly source?: string;
  readonly notify?: string;
  readonly address?: string;
}

/** Asks one question; the answer may be empty. Absent where nobody is there to answer. */
export type Ask = ((question: string) => Promise<string>) | undefined;

const PUBLIC_ADDRESS = 'https://lazaret.example.com';

/**
 * Takes the answers from the flags, and asks for the rest; where nobody answers, what has an obvious answer gets it.
 * @throws {InvalidInputError} `USAGE_INVALID` for what is missing or wrong
 */
export async function readAnswers(flags: InitFlags, ask: Ask): Promise<InitAnswers> {
  const registry = await choose(
    'registry',
    'Which registry is it?',
    REGISTRY_KIND_NAMES,
    flags.registry,
    ask,
    (name) => REGISTRY_KINDS[name].title,
  );
  const guide = REGISTRY_GUIDES[registry];
  const url = await fill({
    flag: 'url',
    question: `Where is it, such as ${guide.url}?`,
    given: flags.url,
    ask,
    preset: guide.isHosted === true ? guide.url : undefined,
    parse: parseAddress('url'),
  });
  const announce = await choose(
    'announce',
    'How does it announce pushes?',
    guide.ways,
    flags.announce,
    ask,
    (way) => WAYS[way],
    guide.ways[0],
  );
  const ci = await choose(
    'ci',
    'Which CI signs the images?',
    CI_NAMES,
    flags.ci,
    ask,
    (name) => CI_SIGNERS[name].title,
  );
  const { question, example, form } = CI_SIGNERS[ci];
  const source = await fill({
    flag: 'source',
    question: `${question} Such as ${example}:`,
    given: flags.source,
    ask,
    preset: undefined,
    parse(text) {
      if (form.test(text)) return text;
      throw wrong('source', `expected something like ${example}, got "${text.slice(0, 200)}"`);
    },
  });
  const repositories = await fill({
    flag: 'repository',
    question: 'Which repositories (globs, by comma)?',
    given: flags.repositories?.join(','),
    ask,
    preset: guide.repositories.join(','),
    parse: parseRepositories,
  });
  const notify = await choose(
    'notify',
    'Who wants to hear of what fails?',
    NOTIFY_WAYS,
    flags.notify,
    ask,
    (way) => way,
    'none',
  );
  const address = await fill({
    flag: 'address',
    question: 'Where does the registry reach Lazaret?',
    given: flags.address,
    // Nobody calls it but by a webhook.
    ask: announce === 'webhook' ? ask : undefined,
    preset: PUBLIC_ADDRESS,
    parse: parseAddress('address'),
  });
  return { registry, url, repositories, announce, ci, source, notify, address };
}

const WAYS: Readonly<Record<(typeof ANNOUNCE_WAYS)[number], string>> = {
  webhook: 'it calls a webhook',
  kafka: 'by a Kafka topic',
  sqs: 'by a queue of Amazon SQS',
  pubsub: 'by a subscription of Google Pub/Sub, pulled',
  poll: 'not at all: sweep it',
};

async function choose<T extends string>(
  flag: string,
  question: string,
  known: readonly T[],
  given: string | undefined,
  ask: Ask,
  title: (name: T) => string,
  fallback?: T,
): Promise<T> {
  const parse = (text: string): T | undefined =>
    known.find((name) => name === text) ?? known[/^\d+$/.test(text) ? Number(text) - 1 : -1];
  if (given !== undefined) {
    const found = known.find((name) => name === given);
    if (found === undefined) throw wrong(flag, `expected one of ${known.join(', ')}, got "${given.slice(0, 64)}"`);
    return found;
  }
  if (ask === undefined) {
    if (fallback !== undefined) return fallback;
    throw wrong(flag, `missing: one of ${known.join(', ')}`);
  }
  const list = known
    .map((name, index) => `  ${String(index + 1).padStart(2)}  ${name.padEnd(18)} ${title(name)}`)
    .join('\n');
  for (;;) {
    const preset = fallback === undefined ? '' : ` [${fallback}]`;
    const answer = (await ask(`${question}\n${list}\nnumber or name${preset}: `)).trim();
    const chosen = answer === '' ? fallback : parse(answer);
    if (chosen !== undefined) return chosen;
  }
}

interface Blank<T> {
  readonly flag: string;
  readonly question: string;
  readonly given: string | undefined;
  readonly ask: Ask;
  /** Taken where nobody says anything else. */
  readonly preset: string | undefined;
  /** @throws {InvalidInputError} that says what is wrong, and is asked again where somebody answers. */
  readonly parse: (text: string) => T;
}

async function fill<T>({ flag, question, given, ask, preset, parse }: Blank<T>): Promise<T> {
  if (given !== undefined) return parse(given);
  if (ask === undefined) {
    if (preset === undefined) throw wrong(flag, `missing: ${question}`);
    return parse(preset);
  }
  const shown = `${question}${preset === undefined ? '' : ` [${preset}]`} `;
  for (let before = ''; ; ) {
    const answer = (await ask(before + shown)).trim();
    try {
      return parse(answer === '' ? (preset ?? '') : answer);
    } catch (error) {
      if (!(error instanceof InvalidInputError)) throw error;
      before = `${error.issues.map(({ message }) => message).join('\n')}\n`;
    }
  }
}

function parseAddress(flag: string): (text: string) => URL {
  return (text) => {
    const url = URL.parse(text);
    const isHttp = url !== null && /^https?:$/.test(url.protocol) && url.username === '';
    if (isHttp && url.pathname === '/' && url.search === '' && !url.hostname.endsWith('.')) return url;
    throw wrong(flag, `expected scheme and host such as https://registry.example.com, got "${text.slice(0, 200)}"`);
  };
}

// They stand between quotes in YAML; whether they are globs Lazaret reads is said by `config check`.
function parseRepositories(text: string): readonly string[] {
  const repositories = text.split(',').map((each) => each.trim());
  for (const each of repositories) {
    if (!/^[a-z0-9*?._/-]+$/.test(each) || each.includes('***')) {
      throw wrong(
        'repository',
        `expected a repository or a glob such as acme/**, without the host, got "${each.slice(0, 200)}"`,
      );
    }
  }
  return repositories;
}

function wrong(flag: string, message: string): InvalidInputError {
  const issue: InputIssue = { where: `--${flag}`, message };
  return new InvalidInputError('USAGE_INVALID', 'the answers are not complete', [issue]);
}
