import { afterAll, beforeAll, expect, it } from 'vitest';
import { ROLES, type Role } from '../../src/domain/role.ts';
import type { LazaretDaemon } from '../support/lazaret-daemon.ts';
import { describeWithPart } from '../support/parts.ts';
import { waitFor } from '../support/wait-for.ts';
import type { Announcer } from './world/announcer.ts';
import { look, mailsAbout, markWrites, slackAbout } from './world/look.ts';
import { type PushedImage, pushSigned } from './world/push.ts';
import { startWorld, type World } from './world/start-world.ts';

const EACH = 3;
/** What a dead process was at is taken up after ten seconds, and its writes and messages eight later. */
const TAKEN_UP_MS = 180_000;
/** What one that acts has under way at a time, of which nobody knows the end when it is killed. */
const UNDER_WAY = 4;

interface Process {
  readonly daemon: LazaretDaemon;
  readonly announcer: Announcer;
}

describeWithPart(
  ['olareg', 'postgres', 'redis'],
  'three processes of each role, on one PostgreSQL and one Redis',
  () => {
    /** Its own daemon is one of those that serve the API. */
    let world: World;
    const processes: Record<Role, Process[]> = { ingest: [], verify: [], act: [], api: [] };
    beforeAll(async () => {
      world = await startWorld({ registry: 'olareg', source: 'webhook', stores: 'external', roles: 'api' });
      processes.api.push({ daemon: world.daemon(), announcer: world.announcer });
      for (const role of ROLES) {
        while (processes[role].length < EACH) processes[role].push(await world.startTwin(role));
      }
    }, 600_000);
    afterAll(() => world?.stop());

    /** Pushes an image, and announces it to two of those that hear of pushes. */
    async function pushTwice(repository: string, kind: 'stranger' | 'good'): Promise<PushedImage> {
      const [first, second] = processes.ingest.slice(-2);
      const at = (process: Process | undefined): World => ({
        ...world,
        announcer: process?.announcer ?? world.announcer,
      });
      const image = await pushSigned(at(first), repository, kind, 'quietly');
      const news = { host: world.registry.host, repository, tag: 'v1', pushed: image };
      await at(second).announcer.announce(news);
      return image;
    }
    const leaderOf = async (task: string): Promise<Process | undefined> => {
      for (const process of processes.verify) {
        const { body } = await process.daemon.get('/readyz');
        if ((body as { readonly leads: readonly string[] }).leads.includes(task)) return process;
      }
      return undefined;
    };
    const settle = (image: PushedImage, outcome: string) =>
      waitFor(
        async () => {
          const seen = await look(world, image.repository, image.digest);
          const isDone = seen?.effects.every(({ state }) => ['done', 'superseded'].includes(state)) ?? false;
          return seen?.final && seen.outcome === outcome && isDone ? seen : null;
        },
        { what: `${image.repository} to end as ${outcome}`, timeoutMs: TAKEN_UP_MS },
      );
    /** How often more than once its tag was written, or a message sent. */
    const repeats = ({ repository, digest }: PushedImage): readonly number[] =>
      [markWrites(world, repository), slackAbout(world, digest).length, mailsAbout(world, digest).length].map(
        (count) => count - 1,
      );

    it('one of those that verify leads, and all know how many there are', async () => {
      const leading = await leaderOf('sweeper');
      expect(leading).toBeDefined();
      await waitFor(
        async () =>
          (await (await fetch(`${world.daemon().url}/metrics`)).text()).includes(`processes{role="act"} ${EACH}`),
        { what: 'all processes to be known' },
      );
    });

    it('I1, I2, I3, I4: each event ends in one verdict, one tag, one message to each place', async () => {
      const bad = await Promise.all(
        Array.from({ length: 6 }, (_, n) => pushTwice(`acme/strict/many-${n}`, 'stranger')),
      );
      const good = await Promise.all(Array.from({ length: 6 }, (_, n) => pushTwice(`acme/strict/fine-${n}`, 'good')));
      for (const image of bad) {
        const seen = await settle(image, 'fail-evidence');
        expect(seen.verdicts.filter(({ final }) => final)).toHaveLength(1);
        expect(seen.events).toHaveLength(2);
        expect(repeats(image)).toEqual([0, 0, 0]);
      }
      for (const image of good) {
        expect((await settle(image, 'pass')).verdicts).toHaveLength(1);
        expect(repeats(image)).toEqual([-1, -1, -1]);
      }
      const judging = processes.verify.filter(({ daemon }) => daemon.logs().some(({ msg }) => msg === 'verdict'));
      expect(judging.length, 'processes that judged').toBeGreaterThan(1);
    }, 300_000);

    it('I1, I3, I4: one of each is killed at work, the leader too, and the others end all of it', async () => {
      const before = await Promise.all(
        Array.from({ length: 8 }, (_, n) => pushTwice(`acme/strict/orphan-${n}`, 'stranger')),
      );
      const dead = { ...processes, verify: [await leaderOf('sweeper')] };
      for (const role of ['ingest', 'act', 'verify'] as const) {
        const [victim] = dead[role];
        processes[role] = processes[role].filter((process) => process !== victim);
        await victim?.daemon.end('SIGKILL');
      }
      await processes.api.pop()?.daemon.end('SIGKILL');
      await waitFor(() => leaderOf('sweeper'), { what: 'another leader', timeoutMs: 30_000 });
      const after = await Promise.all(
        Array.from({ length: 4 }, (_, n) => pushTwice(`acme/strict/late-${n}`, 'stranger')),
      );
      const repeated = [0, 0];
      for (const image of before) {
        expect((await settle(image, 'fail-evidence')).verdicts.filter(({ final }) => final)).toHaveLength(1);
        const [writes = 0, slack = 0, mails = 0] = repeats(image);
        expect(Math.min(writes, slack, mails)).toBeGreaterThanOrEqual(0);
        repeated[0] = (repeated[0] ?? 0) + writes;
        repeated[1] = (repeated[1] ?? 0) + slack + mails;
      }
      for (const count of repeated) expect(count).toBeLessThanOrEqual(UNDER_WAY);
      for (const image of after) {
        await settle(image, 'fail-evidence');
        expect(repeats(image)).toEqual([0, 0, 0]);
      }
    }, 600_000);
  },
);
