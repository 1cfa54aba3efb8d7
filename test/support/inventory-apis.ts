import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { ApiKind } from '../../src/domain/api-kind.ts';
import { type Digest, digestOf } from '../../src/domain/digest.ts';
import { type Answer, type HostileRegistry, type SeenRequest, startHostileRegistry } from './hostile-registry.ts';

type Shape = Readonly<Record<string, unknown>>;
type Shapes = { readonly repository: Shape; readonly absent: Shape; readonly unauthorized: Shape };
/** One object of each kind, as documentation and source record them: test/fixtures/inventory. */
const SHAPES: {
  readonly harbor: Shapes & { readonly artifact: Shape; readonly tag: Shape };
  readonly gitlab: Shapes;
  readonly quay: Shapes & { readonly tag: Shape };
} = JSON.parse(readFileSync(join(import.meta.dirname, '../fixtures/inventory/answers.json'), 'utf8'));

/** A registry in memory with the API of its kind beside that of distribution, answering as records of them say. */
export interface InventoryApi {
  readonly server: HostileRegistry;
  /** Puts an image of its own under a tag. */
  put(repository: string, tag: string): Digest;
  /** Requests to the API, without the query. */
  readonly asked: () => readonly string[];
}

/** Starts one; where `authorization` is given, the API answers nobody else. */
export async function startInventoryApi(kind: ApiKind, authorization?: string): Promise<InventoryApi> {
  const content = new Map<string, Map<string, Digest>>();
  let serial = 0;
  const server = await startHostileRegistry((request) => {
    const url = new URL(request.path, 'http://registry.test');
    if (url.pathname.startsWith('/v2/')) return answerDistribution(content, request, url);
    const isRefused = authorization !== undefined && request.headers.authorization !== authorization;
    if (isRefused) return json(SHAPES[kind].unauthorized, 401);
    return json(...ANSWERS[kind](content, url));
  });
  onTestFinished(() => server.stop());
  return {
    server,
    put(repository, tag) {
      const digest = digestOf(Buffer.from(`${repository} ${tag} ${++serial}`));
      content.set(repository, (content.get(repository) ?? new Map()).set(tag, digest));
      return digest;
    },
    asked: () => server.requests.map(({ path }) => path.replace(/\?.*/, '')).filter((path) => path.startsWith('/api/')),
  };
}

type Content = ReadonlyMap<string, ReadonlyMap<string, Digest>>;
type Reply = [body: unknown, status?: number];

function json(body: unknown, status = 200): Answer {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

function answerDistribution(content: Content, { method }: SeenRequest, url: URL): Answer | undefined {
  const [, repository = '', kind, reference = ''] = /^\/v2\/(.+)\/(manifests|tags)\/(.+)$/.exec(url.pathname) ?? [];
  const tags = content.get(repository);
  if (kind === 'tags') return tags && json({ name: repository, tags: [...tags.keys()] });
  const digest = tags?.get(reference);
  if (digest !== undefined) return { headers: { 'docker-content-digest': digest } };
  return method === 'HEAD'
    ? { status: 404, headers: { 'docker-distribution-api-version': 'registry/2.0' } }
    : undefined;
}

function pageOf<T>(all: readonly T[], url: URL, sizeName: string): readonly T[] {
  const size = Math.min(100, Number(url.searchParams.get(sizeName) ?? 10));
  const page = Number(url.searchParams.get('page') ?? 1);
  return all.slice((page - 1) * size, page * size);
}

const ANSWERS: Readonly<Record<ApiKind, (content: Content, url: URL) => Reply>> = {
  harbor(content, url) {
    const { repository, artifact, tag, absent } = SHAPES.harbor;
    if (url.pathname === '/api/v2.0/repositories') {
      return [pageOf([...content.keys()], url, 'page_size').map((name) => ({ ...repository, name }))];
    }
    const [, project, rest = ''] =
      /^\/api\/v2\.0\/projects\/([^/]+)\/repositories\/([^/]+)\/artifacts$/.exec(url.pathname) ?? [];
    const tags = content.get(`${project}/${decodeURIComponent(decodeURIComponent(rest))}`);
    if (tags === undefined) return [absent, 404];
    const tagged = [...tags].map(([name, digest]) => ({ ...artifact, digest, tags: [{ ...tag, name }] }));
    return [pageOf([artifact, ...tagged], url, 'page_size')];
  },
  gitlab(content, url) {
    const { repository, absent } = SHAPES.gitlab;
    const [, kind, place = ''] =
      /^\/api\/v4\/(groups|projects)\/([^/]+)\/registry\/repositories$/.exec(url.pathname) ?? [];
    const path = decodeURIComponent(place);
    const isInside = (name: string): boolean => name.startsWith(`${path}/`) || (kind === 'projects' && name === path);
    const inside = [...content.keys()].filter(isInside);
    // What ends in `app` is a project, all above it are groups.
    const isThere = inside.length > 0 && (kind === 'projects') === path.endsWith('app');
    return isThere ? [pageOf(inside, url, 'per_page').map((name) => ({ ...repository, path: name }))] : [absent, 404];
  },
  quay(content, url) {
    const { repository, tag, absent } = SHAPES.quay;
    if (url.pathname === '/api/v1/repository') {
      const namespace = url.searchParams.get('namespace');
      const names = [...content.keys()].filter((name) => name.startsWith(`${namespace}/`));
      const at = Number(url.searchParams.get('next_page') ?? 0);
      const repositories = names
        .slice(at, at + 2)
        .map((name) => ({ ...repository, namespace, name: name.slice(String(namespace).length + 1) }));
      return [{ repositories, ...(at + 2 < names.length && { next_page: String(at + 2) }) }];
    }
    const [, name = ''] = /^\/api\/v1\/repository\/(.+)\/tag\/$/.exec(url.pathname) ?? [];
    const tags = content.get(name);
    if (tags === undefined) return [absent, 404];
    const page = pageOf([...tags], url, 'limit');
    const number = Number(url.searchParams.get('page') ?? 1);
    const listed = page.map(([tagName, digest]) => ({ ...tag, name: tagName, manifest_digest: digest }));
    return [{ tags: listed, page: number, has_additional: number * 100 < tags.size }];
  },
};
