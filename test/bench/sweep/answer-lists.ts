import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Content } from './listed-content.ts';

/** What is answered, and under which name it counts. */
export interface Answer {
  readonly counts: string;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

/** The most of each that one request is told. */
const DISTRIBUTION_DEFAULT = 100;
const API_MOST = 100;

/** The names after `last`, at most `n`, and the way to the next: `_catalog` and `tags/list` of distribution. */
export function answerNames(
  { searchParams, pathname }: URL,
  all: readonly string[],
  { counts, body }: { readonly counts: string; readonly body: (page: readonly string[]) => object },
): Answer {
  const most = Number(searchParams.get('n') ?? DISTRIBUTION_DEFAULT);
  const last = searchParams.get('last');
  const from = last === null ? 0 : all.findIndex((name) => name > last);
  const page = from < 0 ? [] : all.slice(from, from + most);
  const isMore = from >= 0 && from + most < all.length;
  const next = `${pathname}?${new URLSearchParams({ last: page.at(-1) ?? '', n: String(most) })}`;
  return { counts, headers: isMore ? { link: `<${next}>; rel="next"` } : {}, body: JSON.stringify(body(page)) };
}

/** One object of each kind, as the API's documentation has it. */
const { harbor: SHAPES } = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../fixtures/inventory/answers.json'), 'utf8'),
) as { harbor: Record<'repository' | 'artifact' | 'tag', object> };

/** Harbor's API: repositories, and artifacts with their digests and tags. */
export function answerHarbor({ names, tags, digestOf }: Content, url: URL): Answer {
  if (url.pathname === '/api/v2.0/repositories') {
    const repositories = pageOf(names, url).map((name) => ({ ...SHAPES.repository, name }));
    return { counts: 'repositories', body: JSON.stringify(repositories) };
  }
  const artifacts = [...Map.groupBy(tags, digestOf)].map(([digest, own]) => ({
    ...SHAPES.artifact,
    digest,
    tags: own.map((name) => ({ ...SHAPES.tag, name })),
  }));
  return { counts: 'tags', body: JSON.stringify(pageOf(artifacts, url)) };
}

function pageOf<T>(all: readonly T[], { searchParams }: URL): readonly T[] {
  const size = Math.min(API_MOST, Number(searchParams.get('page_size') ?? 10));
  return all.slice((Number(searchParams.get('page') ?? 1) - 1) * size).slice(0, size);
}

/** ECR's API, as far as an inventory asks it. https://docs.aws.amazon.com/AmazonECR/latest/APIReference/Welcome.html */
export function answerEcr({ names, tags, digestOf }: Content, action: string, input: Record<string, unknown>): Answer {
  const from = Number(input['nextToken'] ?? 0);
  const most = Number(input['maxResults'] ?? API_MOST);
  const next = (all: readonly unknown[]) => (from + most < all.length ? { nextToken: String(from + most) } : {});
  switch (action) {
    case 'DescribeRepositories': {
      const repositories = names.slice(from, from + most).map((repositoryName) => ({ repositoryName }));
      return { counts: 'repositories', body: JSON.stringify({ repositories, ...next(names) }) };
    }
    case 'DescribeImages': {
      const images = [...Map.groupBy(tags, digestOf)].map(([imageDigest, imageTags]) => ({
        imageDigest,
        imageTags,
        imagePushedAt: 1_795_507_200,
        imageStatus: 'ACTIVE',
      }));
      return {
        counts: 'tags',
        body: JSON.stringify({ imageDetails: images.slice(from, from + most), ...next(images) }),
      };
    }
    case 'GetAuthorizationToken': {
      const authorizationToken = Buffer.from('AWS:benchmark').toString('base64');
      const expiresAt = Math.floor(Date.now() / 1_000) + 43_200;
      return { counts: 'token', body: JSON.stringify({ authorizationData: [{ authorizationToken, expiresAt }] }) };
    }
    default:
      return { counts: action, status: 400, body: JSON.stringify({ __type: 'InvalidAction', message: action }) };
  }
}
