import pino from 'pino';
import { describe, expect, it } from 'vitest';
import { digestOf } from '../../../src/domain/digest.ts';
import { FaultError, InvalidInputError } from '../../../src/domain/errors.ts';
import type { PolicySet } from '../../../src/domain/policy.ts';
import { createReceiver } from '../../../src/pipeline/receive-push.ts';
import type { EventInbox, IntakeDecision } from '../../../src/ports/event-inbox.ts';
import type { Job } from '../../../src/ports/job-queue.ts';
import type { ConfiguredRegistry } from '../../../src/ports/registries.ts';
import { policyOf } from '../../support/findings.ts';
import { eventOf } from '../sources/dialects/fixture.ts';

const ORIGIN = { sourceId: 'hook', registryId: 'prod' };
const DIGEST = digestOf(Buffer.from('image'));
const PUSH = eventOf({ repository: 'acme/app', tag: 'v1', digest: DIGEST });
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
      { kind: 'judge-subject', subjectId: 's0', sequence: 1 },
      { kind: 'resolve-event', eventId: 'e2' },
    ]);
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
    const receiving = build().receiver.receive({ ...ORIGIN, registryId: 'gone' }, [PUSH]);
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
  readonly queueFails?: boolean;
  readonly covers?: (repository: string) => boolean;
  readonly policies?: PolicySet;
  readonly sibling?: Partial<ConfiguredRegistry>;
}

const NO_POLICIES: PolicySet = { revision: 'r', noMatch: 'alert', policies: [] };

function build(faults: Faults = {}) {
  const parts = {
    accepted: [] as (readonly IntakeDecision[])[],
    jobs: [] as Job[],
    lines: [] as object[],
    counted: [] as string[],
    parked: 0,
  };
  const inbox = {
    findSubject: async () => null,
    findMark: async () => null,
    park: async () => {
      parts.parked += 1;
    },
    accept: async (_origin: unknown, decisions: readonly IntakeDecision[]) => {
      if (faults.acceptFails) throw new FaultError('DATABASE_UNAVAILABLE', 'gone', { retryable: true });
      parts.accepted.push(decisions);
      return decisions.map(({ action }, at) => ({
        eventId: `e${at}`,
        correlationId: `c${at}`,
        ...(action === 'judge' && { judge: { subjectId: `s${at}`, sequence: 1 } }),
        ...(action === 'resolve' && { resolve: true as const }),
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
    quarantineTag: 'quarantined-{digest12}',
    clock: () => new Date(0),
    logger: pino({}, { write: (line: string) => parts.lines.push(JSON.parse(line)) }),
    metrics: {
      event: (source, result) => parts.counted.push(`${source} ${result}`),
      parked: (source) => parts.counted.push(`${source} parked`),
      enqueueFailed: () => parts.counted.push('enqueue failed'),
    },
  });
  return {
    ...parts,
    receiver,
    get parked() {
      return parts.parked;
    },
  };
}
