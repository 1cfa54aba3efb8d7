import { onTestFinished } from 'vitest';
import type { Digest } from '../../src/domain/digest.ts';
import { type Answer, type HostileRegistry, type SeenRequest, startHostileRegistry } from './hostile-registry.ts';

/** A label as a Harbor keeps it: for all projects (`g`), or for one (`p`). */
interface Label {
  readonly id: number;
  readonly name: string;
  readonly scope: 'g' | 'p';
  readonly project_id: number;
}

/** The labels of a Harbor. */
export interface HarborLabels {
  readonly server: HostileRegistry;
  /** Stores an image, as a push does. */
  put(repository: string, digest: Digest): void;
  /** Makes a label, as people do. */
  make(name: string, scope: 'g' | 'p'): number;
  hang(digest: Digest, id: number): void;
  /** The names of the labels on an image. */
  on(digest: Digest): readonly string[];
  /** All labels there are. */
  readonly made: readonly Label[];
  /** What the next request whose line, such as `POST …/labels`, contains this text is answered, done or not. */
  answerOnce(text: string, status: number, how: { readonly isDone: boolean }): void;
}

const PROJECT_ID = 7;

/**
 * Starts a server that answers as the API of Harbor 2.14 does by its description and source (`src/server/v2.0/handler`,
 * `api/v2.0/swagger.yaml`): names matched in part, 409 for what is there already, ids of labels and of the one project.
 */
export async function startHarborLabels(authorization?: string): Promise<HarborLabels> {
  const images = new Map<string, Set<number>>();
  const labels: Label[] = [];
  let once: { readonly text: string; readonly status: number; readonly isDone: boolean } | undefined;
  const make = (name: string, scope: 'g' | 'p'): number => {
    const id = labels.length + 1;
    labels.push({ id, name, scope, project_id: scope === 'g' ? 0 : PROJECT_ID });
    return id;
  };
  const answer = (request: SeenRequest): Answer => {
    const url = new URL(request.path, 'http://harbor.test');
    const { method } = request;
    const path = url.pathname;
    if (path === '/api/v2.0/labels' && method === 'GET') {
      const [scope, name = '', size] = ['scope', 'name', 'page_size'].map((key) => url.searchParams.get(key) ?? '');
      if (scope === 'p' && url.searchParams.get('project_id') !== String(PROJECT_ID)) return refusal(403, 'FORBIDDEN');
      const start = (Number(url.searchParams.get('page')) - 1) * Number(size);
      const found = labels.filter((each) => each.scope === scope && each.name.includes(name));
      return json(found.slice(start, start + Number(size)));
    }
    if (path === '/api/v2.0/labels' && method === 'POST') {
      const { name, scope } = JSON.parse(request.body);
      if (labels.some((each) => each.name === name && each.scope === scope)) return refusal(409, 'CONFLICT');
      make(name, scope);
      return { status: 201 };
    }
    const [, project, rest = '', digest, more, id] =
      /^\/api\/v2\.0\/projects\/([^/]+)\/repositories\/([^/]+)\/artifacts\/([^/]+)(\/labels)?(?:\/(\d+))?$/.exec(
        path,
      ) ?? [];
    const hung = images.get(`${project}/${decodeURIComponent(decodeURIComponent(rest))}@${digest}`);
    if (hung === undefined) return refusal(404, 'NOT_FOUND');
    if (more === undefined) {
      const of = labels.filter((each) => hung.has(each.id));
      // Harbor leaves the list out where it is empty.
      return json({ digest, project_id: PROJECT_ID, ...(of.length > 0 && { labels: of }) });
    }
    if (method === 'POST') {
      const wanted = Number(JSON.parse(request.body).id);
      if (!labels.some((each) => each.id === wanted)) return refusal(404, 'NOT_FOUND');
      if (hung.has(wanted)) return refusal(409, 'CONFLICT');
      hung.add(wanted);
      return { status: 200 };
    }
    return hung.delete(Number(id)) ? { status: 200 } : refusal(404, 'NOT_FOUND');
  };
  const server = await startHostileRegistry((request) => {
    if (authorization !== undefined && request.headers.authorization !== authorization)
      return refusal(401, 'UNAUTHORIZED');
    const struck = once !== undefined && `${request.method} ${request.path}`.includes(once.text) ? once : undefined;
    if (struck === undefined) return answer(request);
    once = undefined;
    if (struck.isDone) answer(request);
    return refusal(struck.status, 'STRUCK');
  });
  onTestFinished(() => server.stop());
  const imagesOf = (digest: Digest) =>
    [...images].filter(([key]) => key.endsWith(`@${digest}`)).map(([, hung]) => hung);
  return {
    server,
    put: (repository, digest) => void images.set(`${repository}@${digest}`, new Set()),
    make,
    hang: (digest, id) => {
      for (const hung of imagesOf(digest)) hung.add(id);
    },
    on: (digest) =>
      imagesOf(digest).flatMap((hung) => labels.filter((each) => hung.has(each.id)).map(({ name }) => name)),
    made: labels,
    answerOnce: (text, status, { isDone }) => {
      once = { text, status, isDone };
    },
  };
}

function json(body: unknown): Answer {
  return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

function refusal(status: number, code: string): Answer {
  return { ...json({ errors: [{ code, message: code.toLowerCase() }] }), status };
}
