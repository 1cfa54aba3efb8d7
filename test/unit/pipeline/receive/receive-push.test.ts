import pino from 'pino';
import { describe, expect, it } from 'vitest';
import { digestOf } from '../../../../src/domain/digest.ts';
import type { PolicySet } from '../../../../src/domain/policy.ts';
import { FaultError, InvalidInputError } from '../../../../src/kit/errors.ts';
import { createReceiver } from '../../../../src/pipeline/receive/receive-push.ts';
import type { EventInbox, IntakeDecision } from '../../../../src/ports/event-inbox.ts';
import type { EventOrigin } from '../../../../src/ports/event-source.ts';
import type { Job } from '../../../../src/ports/job-queue.ts';
import type { ConfiguredRegistry } from '../../../../src/ports/registries.ts';
import { policyOf } from '../../../support/findings.ts';
import { eventOf } from '../../sources/dialects/fixture.ts';

const ORIGIN = { sourceId: 'hook', registryIds: ['prod'] };
const DIGEST = digestOf(Buffer.from('image'));
const PUSH = eventOf({ repository: 'acme/app', tag: 'v1', digest: DIGEST });
const LANE = { registry: 'prod', repository: 'acme/app' };
const TAG_ONLY = eventOf({ repository: 'acme/app', tag: 'v2' });
const IGNORED = eventOf({ kind: 'ignored', reason: 'it is a blob' });

describe('receiving', () => {
  it('commits all events of a delivery at once, then queues the work of each', async () => {
    const parts = build();
    await parts.receiver.receive(ORIGIN, [PUSH, IGNORED, TAG_ONLY]);
    expect(parts.accepted.map((batch) => batch.map((decision) => decision.action))).toEqual([
      ['judge', 'ignore', 'resolve'],
    ]);
    expect(parts.jobs).toEqual([
      { kind: 'judge-subject', subjectId: 's0', sequence: 1, lane: LANE },
      { kind: 'resolve-event', eventId: 'e2', lane: LANE },
    ]);
  });

  it('takes a batch of thousands in parts, so that others are served in between', async () => {
    const parts = build();
    const events = Array.from({ length: 600 }, (_, index) => ({ ...TAG_ONLY, tag: `v${index}` }));
    await parts.receiver.receive(ORIGIN, events);
    expect(parts.accepted.map((batch) => batch.length)).toEqual([256, 256, 88]);
    expect(parts.accepted.flat().map(({ event }) => event.tag)).toEqual(events.map(({ tag }) => tag));
    expect(parts.jobs).toHaveLength(600);
  });

  it.each([false, true])(
    'takes one push as it takes many, by the short way or, if it must (%s), by the long',
    async (long) => {
      const parts = build({ needsDecision: long });
      await parts.receiver.receive(ORIGIN, [PUSH]);
      expect(parts.accepted).toMatchObject([[{ action: 'judge', reason: null, event: PUSH }]]);
      expect(parts.jobs).toEqual([{ kind: 'judge-subject', subjectId: 's0', sequence: 1, lane: LANE }]);
      expect(parts.lines).toMatchObject([{ msg: 'event received', action: 'judge', due: true, correlationId: 'c0' }]);
      expect(parts.counted).toEqual(['hook judge']);
    },
  );

  it('answers whoever announces before images are looked at, and does not hurry for what a sweep found', async () => {
    const parts = build();
    await parts.receiver.receive(ORIGIN, [PUSH]);
    await parts.receiver.receive({ ...ORIGIN, found: 'present' }, [PUSH]);
    expect(parts.wentFirst).toBe(1);
  });

  it('writes one log line for each decision, with the correlation id', async () => {
    const parts = build();
    await parts.receiver.receive(ORIGIN, [PUSH, IGNORED]);
    expect(parts.lines).toMatchObject([
      { msg: 'event received', correlationId: 'c0', action: 'judge', due: true, event: { digest: DIGEST } },
      { msg: 'event received', correlationId: 'c1', action: 'ignore', reason: 'it is a blob' },
    ]);
    expect(parts.counted).toEqual(['hook judge', 'hook ignore']);
  });

  it('queues nothing and fails when the commit fails, so that the source delivers again', async () => {
    const parts = build({ acceptFails: true });
    await expect(parts.receiver.receive(ORIGIN, [PUSH])).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
    expect(parts.jobs).toEqual([]);
  });

  it('succeeds, logs and counts when the queue fails after the commit', async () => {
    const parts = build({ queueFails: true });
    await parts.receiver.receive(ORIGIN, [PUSH, TAG_ONLY]);
    expect(parts.accepted).toHaveLength(1);
    expect(parts.counted.filter((line) => line === 'enqueue failed')).toHaveLength(2);
    expect(parts.lines.at(-1)).toMatchObject({ level: 40, eventId: 'e0', count: 2 });
  });

  it('refuses a receiver whose registry is not configured', async () => {
    const receiving = build().receiver.receive({ ...ORIGIN, registryIds: ['gone'] }, [PUSH]);
    await expect(receiving).rejects.toBeInstanceOf(InvalidInputError);
  });

  it('writes nothing for a delivery without events', async () => {
    const parts = build();
    await parts.receiver.receive(ORIGIN, []);
    expect(parts.accepted).toEqual([]);
  });

  it('keeps a parked delivery and counts it', async () => {
    const parts = build();
    await parts.receiver.park({ sourceId: 'hook', reason: 'no JSON', body: Buffer.from('x'), position: 'p' });
    expect(parts.parked).toBe(1);
    expect(parts.counted).toEqual(['hook parked']);
  });

  it('A10: keeps no callback of a parked delivery, neither on record nor in the log', async () => {
    const parts = build();
    const body = Buffer.from('{"callback_url":"https://registry.hub.docker.com/5ecre7/","push_data":');
    await parts.receiver.park({ sourceId: 'hook', reason: 'no JSON', body, position: 'p' });
    expect(parts.bodies).toEqual(['{"callback_url":"(not kept)","push_data":']);
    expect(JSON.stringify(parts.lines)).not.toContain('5ecre7');
  });
});

describe('an event that names no image', () => {
  const UNNAMED = eventOf({ kind: 'ignored', reason: 'unnamed', isUnnamed: true, repository: 'acme/app' });

  it('asks for a look at its repository where its registry is swept', async () => {
    const parts = build({ sweptBy: ['sweep'] });
    await parts.receiver.receive(ORIGIN, [UNNAMED]);
    expect(parts.accepted).toMatchObject([[{ action: 'look', sweptBy: ['sweep'] }]]);
    expect([parts.counted, parts.concerns, parts.jobs]).toEqual([['hook look'], [], []]);
    expect(parts.lines).toMatchObject([{ level: 30, action: 'look' }]);
  });

  it('is a warning, a number of its own and a concern where nobody sweeps it', async () => {
    const parts = build();
    await parts.receiver.receive(ORIGIN, [UNNAMED, PUSH, UNNAMED]);
    expect(parts.counted.filter((line) => line === 'hook of no image')).toHaveLength(2);
    expect(parts.concerns).toEqual([expect.stringMatching(/^no-image: an event: .*"poll" sweeps registry "prod"/)]);
    expect(parts.lines.map((line) => (line as { level: number }).level)).toEqual([40, 30, 40]);
  });
});

describe('the registry of an event', () => {
  const hosts = [
    'localhost:22500',
    'registry.example.com:8443',
    'registry.example.com.',
    '169.254.169.254',
    '[::1]',
    'registry.example.com@evil.example',
    'registry.example.com/../evil',
    'registry\u3002example\u3002com',
    'registry.example.com\u0000',
    '',
  ];
  it.each(hosts)('A3: is the one its receiver belongs to, also where it names %j, and that is said', async (host) => {
    const parts = build();
    await parts.receiver.receive(ORIGIN, [eventOf({ host, repository: 'acme/app', digest: DIGEST })]);
    expect(parts.registries).toEqual(['prod']);
    expect(parts.accepted[0]?.[0]?.action).toBe('judge');
    const isOurName = host === 'registry.example.com.';
    const calls = `it calls the registry "${host}", not "registry.example.com"`;
    expect(parts.lines[0]).toMatchObject({ level: 30, ...(!isOurName && { calls }) });
  });

  describe('of a receiver that serves several', () => {
    const sibling = { id: 'lab', host: 'lab.example.com', eventHosts: ['lab.internal:5000'], covers: () => true };
    const both = { sourceId: 'hook', registryIds: ['prod', 'sigs'] };
    const from = (host: string | null) => eventOf({ host, repository: 'acme/app', digest: DIGEST });

    it('is the one that the event names', async () => {
      const parts = build({ sibling });
      await parts.receiver.receive(both, [from('lab.internal:5000'), from('REGISTRY.example.com.:443')]);
      expect(parts.registries).toEqual(['lab', 'prod']);
      expect(parts.jobs).toHaveLength(2);
    });

    it.each(['evil.example', 'lab.internal', 'lab.example.com.evil.example', null])(
      'A3: is none where the event names %j, which is counted apart and said as a warning',
      async (host) => {
        const parts = build({ sibling });
        await parts.receiver.receive(both, [from(host)]);
        expect(parts.registries).toEqual(['']);
        expect(parts.counted).toEqual(['hook ignore', 'hook of no registry']);
        expect(parts.lines[0]).toMatchObject({ level: 40, action: 'ignore' });
        expect(parts.concerns).toEqual([expect.stringMatching(/^no-registry: an event: it names/)]);
        expect(parts.accepted[0]?.[0]?.reason).toContain('none of the registries of this source ("prod", "lab")');
      },
    );
  });
});

describe('a repository that is not covered', () => {
  const policies: PolicySet = {
    revision: 'r',
    noMatch: 'alert',
    policies: [
      policyOf([], { evidence: [{ host: 'registry.example.com', repository: 'acme/sigs' }] }),
      policyOf([], { name: 'b', evidence: [{ host: 'other.example.com', repository: 'acme/other' }] }),
    ],
  };
  const decided = async (repository: string, faults: Faults = {}) => {
    const parts = build({ covers: (name) => name === 'acme/app', policies, ...faults });
    await parts.receiver.receive(ORIGIN, [eventOf({ repository, digest: DIGEST })]);
    return parts.accepted[0]?.[0]?.action;
  };

  it('is listened to where a policy lets evidence lie in it', async () => {
    expect(await decided('acme/sigs')).toBe('judge');
    expect(await decided('acme/app')).toBe('judge');
  });

  it('A3: is ignored where no policy names it, or names it on another registry', async () => {
    for (const repository of ['acme/sigs2', 'acme/sig', 'acme/other']) {
      expect(await decided(repository)).toBe('ignore');
    }
  });

  it('is left to the entry that covers it, where two share a host', async () => {
    const sibling = { id: 'sigs', host: 'registry.example.com', covers: (name: string) => name === 'acme/sigs' };
    expect(await decided('acme/sigs', { sibling })).toBe('ignore');
  });
});

interface Faults {
  readonly acceptFails?: boolean;
  /** The record does not take a push by the short way. */
  readonly needsDecision?: boolean;
  readonly sweptBy?: readonly string[];
  readonly queueFails?: boolean;
  readonly covers?: (repository: string) => boolean;
  readonly policies?: PolicySet;
  readonly sibling?: Partial<ConfiguredRegistry>;
}

const IN_FORCE = { now: new Date(0), policyRevision: 'r', trustEpoch: 1 };
const NO_POLICIES: PolicySet = { revision: 'r', noMatch: 'alert', policies: [] };

function build(faults: Faults = {}) {
  const parts = {
    accepted: [] as (readonly IntakeDecision[])[],
    registries: [] as string[],
    jobs: [] as Job[],
    lines: [] as object[],
    counted: [] as string[],
    concerns: [] as string[],
    parked: 0,
    bodies: [] as string[],
    wentFirst: 0,
  };
  const inbox: EventInbox = {
    findSubject: async () => null,
    findMark: async () => null,
    park: async ({ body }) => {
      parts.parked += 1;
      parts.bodies.push(Buffer.from(body).toString());
    },
    acceptPush: async (origin, event) => {
      if (faults.needsDecision) return null;
      const [receipt] = await inbox.accept(origin, [{ event, action: 'judge', reason: null }], IN_FORCE);
      return receipt ?? null;
    },
    accept: async ({ registryId }: EventOrigin, decisions: readonly IntakeDecision[]) => {
      if (faults.acceptFails) throw new FaultError('DATABASE_UNAVAILABLE', 'gone', { retryable: true });
      parts.accepted.push(decisions);
      parts.registries.push(registryId);
      return decisions.map(({ action }, at) => ({
        eventId: `e${at}`,
        correlationId: `c${at}`,
        ...(action === 'judge' && { judge: { subjectId: `s${at}`, sequence: 1, lane: LANE } }),
        ...(action === 'resolve' && { resolve: true as const, lane: LANE }),
      }));
    },
  } as Partial<EventInbox> as EventInbox;
  const registry = {
    id: 'prod',
    host: 'registry.example.com',
    covers: faults.covers ?? (() => true),
  } as Partial<ConfiguredRegistry> as ConfiguredRegistry;
  const receiver = createReceiver({
    inbox,
    rightOfWay: {
      goFirst: (work) => {
        parts.wentFirst += 1;
        return work();
      },
    },
    queue: {
      add: async (job) => {
        if (faults.queueFails) throw new FaultError('QUEUE_UNAVAILABLE', 'gone', { retryable: true });
        parts.jobs.push(job);
      },
    },
    registries: new Map([
      ['prod', registry],
      ...(faults.sibling ? [['sigs', faults.sibling as ConfiguredRegistry] as const] : []),
    ]),
    policies: () => faults.policies ?? NO_POLICIES,
    judgedUnder: () => ({ policyRevision: 'r', trustEpoch: 1 }),
    quarantineTag: 'quarantined-{digest}',
    clock: () => new Date(0),
    logger: pino({}, { write: (line: string) => parts.lines.push(JSON.parse(line)) }),
    sweptBy: () => faults.sweptBy ?? [],
    concerns: { raise: ({ kind, problem }) => parts.concerns.push(`${kind}: ${problem}`) },
    metrics: {
      event: (source, result) => parts.counted.push(`${source} ${result}`),
      parked: (source) => parts.counted.push(`${source} parked`),
      eventOfNoRegistry: (source) => parts.counted.push(`${source} of no registry`),
      eventOfNoImage: (source) => parts.counted.push(`${source} of no image`),
      enqueueFailed: () => parts.counted.push('enqueue failed'),
    },
  });
  return {
    ...parts,
    receiver,
    get parked() {
      return parts.parked;
    },
    get wentFirst() {
      return parts.wentFirst;
    },
  };
}
