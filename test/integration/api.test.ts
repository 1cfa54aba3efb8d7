import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import pino from 'pino';
import { afterEach, describe, expect, it } from 'vitest';
import { createHttpServer, type HttpServerDeps, type HttpServerOptions } from '../../src/api/create-http-server.ts';
import type { ReadinessCheck } from '../../src/api/health-routes.ts';
import type { UnmadeWrites } from '../../src/api/rehearsal-routes.ts';
import { knownKind } from '../../src/domain/registry-kind.ts';
import { FaultError } from '../../src/kit/errors.ts';
import { Secret } from '../../src/kit/secret.ts';
import type { RecordQuery, SubjectHistory } from '../../src/ports/record-query.ts';
import type { SubjectRecord } from '../../src/ports/subject-record.ts';
import type { UntoldQuery } from '../../src/ports/untold-query.ts';
import { createCapabilityMemory } from '../../src/registry/capability-memory.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import { subjectNamed, verdictOf } from '../support/records/samples.ts';

const TOKEN = 'canary-api-token';
const SUBJECT: SubjectRecord = {
  ...subjectNamed('image', 'acme/team/app'),
  id: '7',
  state: 'final',
  firstSeenAt: new Date('2026-01-01T00:00:00Z'),
  tags: ['v1'],
  mark: 'quarantined',
  markTag: 'quarantined-0123456789ab',
  rehearsedMark: null,
  baseline: null,
  releasedArtifact: null,
  artifactType: null,
  hiddenEvidence: [],
  verdict: {
    id: '3',
    verdict: verdictOf('fail-missing'),
    policyRevision: 'r1',
    trustEpoch: 1,
    judgedAt: new Date('2026-01-01T00:15:00Z'),
    final: true,
  },
  settledOutcome: 'fail-missing',
  failedLooks: 0,
  correlationId: 'c-1',
};
const HISTORY: SubjectHistory = { subject: SUBJECT, verdicts: [], events: [], effects: [] };

const UNTOLD: UntoldQuery = {
  countUntold: async () => [{ registryId: 'prod', code: 'REGISTRY_DENIED', count: 3, since: new Date(0) }],
  readUntold: async (most) => [
    {
      registryId: 'prod',
      repository: `acme/first-of-${most}`,
      digest: SUBJECT.digest,
      tags: ['v1'],
      code: 'REGISTRY_DENIED',
      reason: 'It could not be checked.',
      since: new Date(0),
      nextCheckAt: null,
    },
  ],
};

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

async function start(options: Partial<HttpServerOptions> = {}, deps: Partial<HttpServerDeps> = {}) {
  const asked: unknown[] = [];
  const query: RecordQuery & UntoldQuery = {
    ...UNTOLD,
    listSubjects: async (filter) => {
      asked.push(filter);
      return { subjects: [SUBJECT], next: 'more' };
    },
    readHistory: async (subject) => {
      asked.push(subject);
      return subject.repository === SUBJECT.repository ? HISTORY : null;
    },
  };
  const server = await createHttpServer(
    { host: '127.0.0.1', port: 0, ...options },
    {
      query,
      readiness: new Map(),
      metrics: createMetrics({ version: '1.2.3', processMetrics: false }),
      logger: pino({ level: 'silent' }),
      ...deps,
    },
  );
  const { port } = await server.start();
  stops.push(() => server.stop());
  return { url: `http://127.0.0.1:${port}`, port, asked };
}

describe('the API', () => {
  it('lists subjects by filter and page', async () => {
    const { url, asked } = await start();
    const response = await fetch(`${url}/api/v1/subjects?outcome=fail-missing&mark=quarantined&limit=10&cursor=c`);
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({
      subjects: [{ registry: 'prod', repository: 'acme/team/app', outcome: 'fail-missing', mark: 'quarantined' }],
      next: 'more',
    });
    expect(asked).toEqual([{ outcome: 'fail-missing', mark: 'quarantined', limit: 10, cursor: 'c' }]);
  });

  it('tells what can be done in each registry, and how that is known', async () => {
    const at = new Date('2026-11-24T08:00:00.000Z');
    const memory = createCapabilityMemory(knownKind('ghcr', 'ghcr.io'));
    memory.recall([{ capability: 'tag', support: 'yes', by: 'writing', repository: 'acme/app', at }]);
    const capabilities = { ...memory, probe: async () => undefined };
    const { url } = await start(
      {},
      { registries: () => [{ id: 'prod', host: 'ghcr.io', title: 'GHCR', capabilities }] },
    );
    const { registries } = (await (await fetch(`${url}/api/v1/registries`)).json()) as { registries: object[] };
    expect(registries).toMatchObject([{ registry: 'prod', host: 'ghcr.io', kind: 'GHCR' }]);
    const told = (registries[0] as { capabilities: object[] }).capabilities;
    expect(told).toHaveLength(7);
    expect(told).toEqual(
      expect.arrayContaining([
        { capability: 'tag', support: 'yes', by: 'writing', repository: 'acme/app', at: at.toISOString() },
        { capability: 'untag', support: 'no', by: 'kind' },
      ]),
    );
  });

  it('shows what was rehearsed instead of written, and what limits hold back', async () => {
    const asked: unknown[] = [];
    const at = new Date('2026-11-24T08:00:00.000Z');
    const write = {
      ...subjectNamed('image'),
      id: '7',
      tags: ['v1'],
      kind: 'quarantine',
      mark: 'quarantined-1',
      plannedAt: at,
      verdict: verdictOf('fail-missing'),
    } as const;
    const unmade: UnmadeWrites = {
      readRehearsed: async (filter) => {
        asked.push(filter);
        return { writes: [{ ...write, rehearsedAt: at }], next: 'more' };
      },
      readHeld: async (filter) => {
        asked.push(filter);
        return { held: [{ ...write, limitedBy: 'all', why: 'It is reached.', resumedBy: null }], next: null };
      },
      readAudit: async () => [{ id: '1', at, by: 'alice', act: 'resume', about: { quarantines: 3, repositories: [] } }],
    };
    const { url } = await start({}, { unmade });
    const read = async (path: string) => (await fetch(`${url}/api/v1/${path}`)).json();
    const shown = { registry: 'prod', repository: 'acme/app', mark: 'quarantined-1', code: 'SIGNATURE_MISSING' };
    expect(await read('rehearsal?since=2026-11-24T07:00:00Z&limit=10&cursor=c')).toMatchObject({
      writes: [{ ...shown, at: at.toISOString() }],
      next: 'more',
    });
    expect(await read('held?after=3')).toMatchObject({ held: [{ ...shown, limitedBy: 'all', why: 'It is reached.' }] });
    expect(await read('audit')).toEqual({
      entries: [
        { id: '1', at: at.toISOString(), by: 'alice', act: 'resume', about: { quarantines: 3, repositories: [] } },
      ],
    });
    expect(asked).toEqual([
      { since: new Date('2026-11-24T07:00:00Z'), limit: 10, cursor: 'c' },
      { limit: 50, after: '3' },
    ]);
    expect((await fetch(`${url}/api/v1/rehearsal?since=yesterday`)).status).toBe(400);
  });

  it('names every wrong parameter', async () => {
    const { url } = await start();
    const response = await fetch(`${url}/api/v1/subjects?outcome=bad&limit=1000&colour=red`);
    expect(response.status).toBe(400);
    const body = JSON.stringify(await response.json());
    for (const name of ['outcome', 'limit', 'colour']) expect(body).toContain(name);
  });

  it('shows everything about one subject, also where the repository holds slashes', async () => {
    const { url, asked } = await start();
    const response = await fetch(`${url}/api/v1/subjects/prod/acme/team/app@${SUBJECT.digest}`);
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ digest: SUBJECT.digest, verdicts: [], events: [], effects: [] });
    expect(asked).toEqual([{ registryId: 'prod', repository: 'acme/team/app', digest: SUBJECT.digest }]);
  });

  it('answers 404 for what is not on record and 400 for what is no image', async () => {
    const { url } = await start();
    expect((await fetch(`${url}/api/v1/subjects/prod/acme/other@${SUBJECT.digest}`)).status).toBe(404);
    for (const path of ['prod', 'prod/acme', 'prod/acme@sha256:12', 'prod/..%2f..@sha256:12']) {
      expect((await fetch(`${url}/api/v1/subjects/${path}`)).status).toBe(400);
    }
  });

  it('says how many images could not be told, why, and which (P2)', async () => {
    const { url } = await start();
    const answer = await (await fetch(`${url}/api/v1/could-not-tell?limit=7`)).json();
    expect(answer).toMatchObject({
      count: 3,
      causes: [{ registry: 'prod', code: 'REGISTRY_DENIED', count: 3, since: '1970-01-01T00:00:00.000Z' }],
      images: [{ registry: 'prod', repository: 'acme/first-of-7', digest: SUBJECT.digest, code: 'REGISTRY_DENIED' }],
    });
    expect((await fetch(`${url}/api/v1/could-not-tell?limit=0`)).status).toBe(400);
  });

  it('describes itself', async () => {
    const { url } = await start();
    const openapi = await (await fetch(`${url}/api/v1/openapi.json`)).json();
    expect(Object.keys((openapi as { paths: object }).paths)).toContain('/api/v1/subjects');
  });

  it('answers 503 without the cause while the record cannot be read', async () => {
    const fault = new FaultError('DATABASE_UNAVAILABLE', 'no route to 10.0.0.7', { retryable: true });
    const query = {
      ...UNTOLD,
      listSubjects: () => Promise.reject(fault),
      readHistory: () => Promise.reject(fault),
    };
    const { url } = await start({}, { query });
    const response = await fetch(`${url}/api/v1/subjects`);
    expect(response.status).toBe(503);
    expect(await response.text()).not.toContain('10.0.0.7');
  });
});

describe('who may read', () => {
  it('is whoever holds the token, where there is one', async () => {
    const { url } = await start({ token: new Secret(TOKEN) });
    const status = async (authorization?: string): Promise<number> =>
      (await fetch(`${url}/api/v1/subjects`, { headers: authorization === undefined ? {} : { authorization } })).status;
    expect(await status()).toBe(401);
    expect(await status(`Bearer ${TOKEN}x`)).toBe(401);
    expect(await status(`Basic ${TOKEN}`)).toBe(401);
    expect(await status(`Bearer ${TOKEN}`)).toBe(200);
  });

  it('is nobody without a token on an address others can reach', async () => {
    const { port } = await start({ host: '0.0.0.0' });
    expect((await fetch(`http://127.0.0.1:${port}/api/v1/subjects`)).status).toBe(403);
  });

  it('E9: is no web page that resolves its own name to this machine', async () => {
    const { port } = await start();
    expect((await get(port, '/api/v1/subjects', 'evil.example')).status).toBe(421);
    expect((await get(port, '/api/v1/subjects', `localhost:${port}`)).status).toBe(200);
  });
});

describe('health and metrics', () => {
  it('says which part is not ready and why', async () => {
    const readiness = new Map<string, ReadinessCheck>([
      ['database', () => undefined],
      ['kafka "pushes"', () => 'it is not connected to Kafka yet'],
      ['queue', () => Promise.reject(new Error('Redis does not answer'))],
    ]);
    const { url } = await start({}, { readiness, roles: ['ingest', 'act'] });
    const alive = await fetch(`${url}/healthz`);
    expect(alive.status).toBe(200);
    expect(await alive.json()).toEqual({ status: 'ok', roles: ['ingest', 'act'] });
    const response = await fetch(`${url}/readyz`);
    expect(response.status).toBe(503);
    expect(await response.json()).toEqual({
      ready: false,
      roles: ['ingest', 'act'],
      leads: [],
      parts: [
        { name: 'database', ready: true },
        { name: 'kafka "pushes"', ready: false, problem: 'it is not connected to Kafka yet' },
        { name: 'queue', ready: false, problem: 'Redis does not answer' },
      ],
    });
  });

  it('serves metrics as Prometheus reads them', async () => {
    const { url } = await start();
    const response = await fetch(`${url}/metrics`);
    expect(response.headers.get('content-type')).toContain('text/plain');
    expect(await response.text()).toContain('lazaret_build_info{version="1.2.3"} 1');
  });
});

it('every answer says that it is no page: nobody may frame it, guess its type or read it from elsewhere', async () => {
  const { url } = await start();
  for (const path of ['/readyz', '/metrics', '/api/v1/subjects', '/nothing-here']) {
    expect(Object.fromEntries((await fetch(url + path)).headers), path).toMatchObject({
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'cross-origin-resource-policy': 'same-origin',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
    });
  }
});

it('a port in use is named, with what to do', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => other.once('listening', resolve));
  const { port } = other.address() as AddressInfo;
  try {
    await expect(start({ port })).rejects.toMatchObject({
      code: 'PORT_IN_USE',
      message: `port ${port} on 127.0.0.1 is in use`,
      hint: expect.stringContaining('another port'),
    });
  } finally {
    other.close();
  }
});

/** A GET with a Host header of one's own, which `fetch` does not send. */
async function get(port: number, path: string, host: string): Promise<{ readonly status: number }> {
  const { request } = await import('node:http');
  return new Promise((resolve, reject) => {
    const asking = request({ host: '127.0.0.1', port, path, headers: { host } }, (response) => {
      response.resume();
      resolve({ status: response.statusCode ?? 0 });
    });
    asking.once('error', reject).end();
  });
}
