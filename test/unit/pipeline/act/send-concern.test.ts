import pino from 'pino';
import { describe, expect, it, vi } from 'vitest';
import { watchLag } from '../../../../src/compose/watch-lag.ts';
import { watchSources } from '../../../../src/compose/watch-sources.ts';
import type { Announcement } from '../../../../src/domain/announcement.ts';
import { FaultError } from '../../../../src/kit/errors.ts';
import { concernAnnouncement } from '../../../../src/notify/concern-announcement.ts';
import { renderNotice } from '../../../../src/notify/render/notice.ts';
import { renderText } from '../../../../src/notify/render/render-text.ts';
import { renderSlackMessage } from '../../../../src/notify/slack/slack-message.ts';
import { keepConcerns } from '../../../../src/pipeline/act/keep-concerns.ts';
import { sendConcern } from '../../../../src/pipeline/act/send-concern.ts';
import type { Concern } from '../../../../src/ports/concerns.ts';

const CONCERN: Concern = { id: 'pushes', kind: 'no-registry', problem: 'it names the host "<!channel>"' };
const HOUR = 3_600_000;

describe('a concern', () => {
  it('is told each sink once, however often it is raised within an hour', async () => {
    const { deps, sent } = world();
    for (let time = 0; time < 5; time += 1) await sendConcern(deps, CONCERN);
    expect(sent).toEqual(['slack', 'mail']);
  });

  it('of another kind or source is another', async () => {
    const { deps, sent } = world();
    await sendConcern(deps, CONCERN);
    await sendConcern(deps, { ...CONCERN, kind: 'deaf' });
    await sendConcern(deps, { ...CONCERN, id: 'other' });
    expect(sent).toHaveLength(6);
  });

  it('is told again to the sink alone that failed', async () => {
    const { deps, sent } = world({ failures: 1 });
    await sendConcern(deps, CONCERN);
    expect(sent).toEqual(['mail']);
    await sendConcern(deps, CONCERN);
    expect(sent).toEqual(['mail', 'slack']);
  });

  it('about a sink that refuses is told the others, in words of its own', async () => {
    const { deps, sent } = world();
    const concern: Concern = { id: 'mail', kind: 'unsaid', problem: 'the server answered "550 no such mailbox"' };
    await sendConcern(deps, concern);
    expect(sent).toEqual(['slack']);
    const text = renderText(renderNotice(concernAnnouncement(concern, new Date(0))));
    expect(text).toContain('A message to "mail" was refused and is not tried again: the server answered');
    expect(text).toContain('About  sink mail');
  });

  it('is shown for a day', () => {
    let now = 0;
    const told: Concern[] = [];
    const concerns = keepConcerns(
      () => new Date(now),
      (concern) => void told.push(concern),
    );
    concerns.raise({ ...CONCERN, problem: 'an earlier one' });
    concerns.raise(CONCERN);
    expect([concerns.current(), told.length]).toEqual([[CONCERN], 2]);
    now = 25 * HOUR;
    expect(concerns.current()).toEqual([]);
  });

  it('says what it is about without an image, a digest or a live mention', () => {
    const announcement = concernAnnouncement(CONCERN, new Date(0));
    const text = renderText(renderNotice(announcement));
    expect(text).toContain('Pushes announced to "pushes" are not judged: it names the host');
    expect(text).toContain('About  source pushes');
    expect(text).not.toMatch(/sha256:|Image {2}|Digest/);
    const slack = JSON.stringify(renderSlackMessage(announcement));
    expect(slack).not.toContain('<!channel>');
    expect(slack).not.toContain('sha256:');
  });
});

it('a source that reads nothing for a minute is a concern, with the reason, for as long as that lasts', () => {
  vi.useFakeTimers();
  try {
    const raised: Concern[] = [];
    let problem: string | undefined = 'its consumer broke off';
    const source = {
      id: 'k',
      health: () => problem,
      deafSince: () => (problem === undefined ? undefined : new Date(0)),
    };
    vi.setSystemTime(0);
    const hearing = watchSources([source], {
      concerns: { raise: (concern) => raised.push(concern) },
      clock: () => new Date(),
      everyMs: 10_000,
    });
    vi.advanceTimersByTime(50_000);
    expect(raised).toEqual([]);
    vi.advanceTimersByTime(20_000);
    expect(raised[0]).toEqual({ id: 'k', kind: 'deaf', problem: 'its consumer broke off' });
    const before = raised.length;
    problem = undefined;
    vi.advanceTimersByTime(60_000);
    expect(raised).toHaveLength(before);
    hearing.stop();
  } finally {
    vi.useRealTimers();
  }
});

it('Q2: work that nobody has done for five minutes is told, without the queue', async () => {
  vi.useFakeTimers();
  try {
    vi.setSystemTime(0);
    const raised: Concern[] = [];
    let open: Date | null = new Date(0);
    const lag = watchLag({
      records: { oldestOpenAt: async () => open },
      concerns: { raise: (concern) => raised.push(concern) },
      clock: () => new Date(),
    });
    await vi.advanceTimersByTimeAsync(299_000);
    expect(raised).toEqual([]);
    await vi.advanceTimersByTimeAsync(1_000);
    const problem = 'the oldest piece of work has been waiting for 5 minutes';
    expect(raised).toEqual([{ id: 'queue', kind: 'behind', problem }]);
    open = null;
    await vi.advanceTimersByTimeAsync(300_000);
    expect(raised).toHaveLength(1);
    lag.stop();
    const text = renderText(renderNotice(concernAnnouncement({ id: 'queue', kind: 'behind', problem }, new Date(0))));
    expect(text).toContain(`The queue hands out no work, or more waits than can be done: ${problem}`);
    expect(text).toContain('About  the queue');
  } finally {
    vi.useRealTimers();
  }
});

function world({ failures = 0 } = {}) {
  const sent: string[] = [];
  const taken = new Set<string>();
  const sink = (id: string) => ({
    id,
    kind: id,
    notify: async (_: Announcement) => {
      if (id === 'slack' && failures-- > 0) throw new FaultError('SINK_UNREACHABLE', 'away', { retryable: true });
      sent.push(id);
    },
  });
  const deps = {
    sinks: new Map(['slack', 'mail'].map((id) => [id, sink(id)])),
    turns: {
      take: async (trouble: string) => !taken.has(trouble) && taken.add(trouble) !== undefined,
      giveBack: async (trouble: string) => void taken.delete(trouble),
    },
    clock: () => new Date(0),
    logger: pino({ level: 'silent' }),
  };
  return { deps, sent };
}
