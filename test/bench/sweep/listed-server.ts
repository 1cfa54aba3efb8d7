import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { digestOf } from '../../../src/domain/digest.ts';
import { OCI_INDEX, OCI_MANIFEST } from '../../../src/domain/manifest.ts';
import { type Answer, answerEcr, answerHarbor, answerNames } from './answer-lists.ts';
import { CONFIG, listContent, MANIFESTS } from './listed-content.ts';

/** What was asked since the counts were last forgotten. */
export interface Counts {
  /** By what it was, e.g. `HEAD manifest`. */
  readonly requests: Readonly<Record<string, number>>;
  /** Connections that were opened. */
  readonly connections: number;
  /** Times somebody began at the first of the repositories; never forgotten. */
  readonly begun: number;
}

const [repositories, tagsEach] = process.argv.slice(2).map(Number);
const content = listContent({ repositories: repositories ?? 0, tagsEach: tagsEach ?? 0 });
const manifests = new Map(MANIFESTS.map((bytes) => [String(digestOf(bytes)), bytes]));
const NO_REFERRERS = JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [] });

let requests: Record<string, number> = {};
let connections = 0;
let begun = 0;

// Runs as a process of its own, so that what it costs is not counted with what is measured.
const server = createServer((request, response) => {
  const url = new URL(request.url ?? '', 'http://registry.test');
  if (url.pathname === '/counts') {
    const counts: Counts = { requests, connections, begun };
    if (request.method === 'DELETE') [requests, connections] = [{}, 0];
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(counts));
    return;
  }
  void Promise.resolve(answer(request, url)).then(({ counts, status = 200, headers = {}, body = '' }) => {
    const counted = `${request.method} ${counts}`;
    requests[counted] = (requests[counted] ?? 0) + 1;
    response.writeHead(status, {
      'content-type': 'application/json',
      'docker-distribution-api-version': 'registry/2.0',
      'content-length': Buffer.byteLength(body),
      ...headers,
    });
    response.end(request.method === 'HEAD' ? undefined : body);
  });
});
server.on('connection', () => connections++);
server.listen(0, '127.0.0.1', () => console.log(`listening on ${(server.address() as AddressInfo).port}`));

function answer(request: IncomingMessage, url: URL): Answer | Promise<Answer> {
  if (url.pathname === '/') return answerAws(request);
  if (url.pathname.startsWith('/api/v2.0/')) {
    const answered = answerHarbor(content, url);
    if (answered.counts === 'repositories' && url.searchParams.get('page') === '1') begun++;
    return answered;
  }
  if (url.pathname === '/v2/') return { counts: 'ping', body: '{}' };
  if (url.pathname === '/v2/_catalog') {
    if (!url.searchParams.has('last')) begun++;
    return answerNames(url, content.names, { counts: 'repositories', body: (page) => ({ repositories: page }) });
  }
  return answerRepository(url);
}

function answerRepository(url: URL): Answer {
  const [, name = '', place = 'other', reference = ''] =
    /^\/v2\/(.+)\/(tags|manifests|referrers|blobs)\/(.+)$/.exec(url.pathname) ?? [];
  switch (place) {
    case 'tags':
      return answerNames(url, content.tags, { counts: 'tags', body: (tags) => ({ name, tags }) });
    case 'referrers':
      return { counts: 'referrers', headers: { 'content-type': OCI_INDEX }, body: NO_REFERRERS };
    case 'blobs':
      return { counts: 'blob', headers: { 'content-type': 'application/octet-stream' }, body: CONFIG };
    case 'manifests': {
      const digest = content.digestOf(reference) ?? reference;
      const body = manifests.get(digest);
      const counts = reference === digest ? 'manifest by digest' : 'manifest by tag';
      if (body !== undefined)
        return { counts, headers: { 'content-type': OCI_MANIFEST, 'docker-content-digest': digest }, body };
      return { counts, status: 404, body: JSON.stringify({ errors: [{ code: 'MANIFEST_UNKNOWN' }] }) };
    }
    default:
      return { counts: url.pathname, status: 404, body: '{}' };
  }
}

async function answerAws(request: IncomingMessage): Promise<Answer> {
  const action = String(request.headers['x-amz-target']).replace(/^.*\./, '');
  const input = JSON.parse(await text(request)) as Record<string, unknown>;
  if (action === 'DescribeRepositories' && input['nextToken'] === undefined) begun++;
  return { headers: { 'content-type': 'application/x-amz-json-1.1' }, ...answerEcr(content, action, input) };
}
