import { spawn } from 'node:child_process';
import { join } from 'node:path';
import pg from 'pg';
import pino from 'pino';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { ROLES, type Role } from '../../../../src/domain/role.ts';
import { SHARED_TASKS } from '../../../../src/domain/shared-task.ts';
import { type HeldLeadership, holdLeadership } from '../../../../src/records/server/hold-leadership.ts';
import { describeWithPart } from '../../../support/parts.ts';
import { SOON } from '../../../support/records/lead-in-process.ts';
import { type PostgresServer, startPostgres } from '../../../support/servers/postgres.ts';
import { waitFor } from '../../../support/wait-for.ts';

const LEADER = join(import.meta.dirname, '../../../support/records/lead-in-process.ts');

describeWithPart('postgres', 'leadership by advisory locks', () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server?.stop());

  async function enter(roles: readonly Role[] = ['verify'], timings = SOON): Promise<HeldLeadership> {
    const held = await holdLeadership({
      connection: { url: server.url },
      logger: pino({ level: 'silent' }),
      roles,
      tasks: roles.includes('verify') ? SHARED_TASKS : [],
      timings,
    });
    onTestFinished(() => held.stop());
    return held;
  }
  const leads = (held: HeldLeadership): boolean => held.term('sweeper') !== undefined;

  /** Ends the sessions of all that would lead, as the server does with those of dead processes. */
  async function endSessions(): Promise<void> {
    const client = new pg.Client({ connectionString: server.url });
    await client.connect();
    await client.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'lazaret leader'`,
    );
    await client.end();
  }

  it('one of three leads; when it ends, another does, and its own signal has fired', async () => {
    const all = [await enter(), await enter(), await enter()];
    const [first] = all.filter(leads);
    expect(all.filter(leads)).toHaveLength(1);
    const term = first?.term('sweeper');
    await first?.stop();
    expect(term?.aborted).toBe(true);
    const others = all.filter((each) => each !== first);
    await waitFor(() => others.some(leads), { what: 'another to lead' });
    expect(others.filter(leads)).toHaveLength(1);
  });

  it('knows how many processes have each role, whether they would lead or not', async () => {
    const first = await enter(['verify', 'act']);
    expect([first.isShared(), first.count('verify')]).toEqual([false, 1]);
    const second = await enter(['act', 'api']);
    await waitFor(() => first.isShared(), { what: 'the second to be seen' });
    expect(ROLES.map((role) => second.count(role))).toEqual([0, 1, 2, 1]);
    expect(leads(second)).toBe(false);
    await second.stop();
    await waitFor(() => !first.isShared(), { what: 'the second to be gone' });
  });

  it('is lost with its session, and found again', async () => {
    const only = await enter();
    const term = only.term('sweeper');
    await endSessions();
    await waitFor(() => term?.aborted, { what: 'the term to end' });
    await waitFor(() => leads(only), { what: 'another term' });
  });

  it('leaves a process that hangs, and that one knows when it goes on', async () => {
    const child = spawn(process.execPath, [LEADER, server.url], { stdio: ['ignore', 'pipe', 'inherit'] });
    onTestFinished(() => void child.kill('SIGKILL'));
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    await waitFor(() => said === 'leads\n', { what: 'it to lead', timeoutMs: 30_000 });
    const other = await enter();
    expect(leads(other)).toBe(false);
    child.kill('SIGSTOP');
    await waitFor(() => leads(other), { what: 'the other to lead', timeoutMs: 30_000 });
    child.kill('SIGCONT');
    await waitFor(() => said === 'leads\nfollows\n', { what: 'it to know', context: () => said, timeoutMs: 30_000 });
    expect(leads(other)).toBe(true);
  });

  it('leaves a process that is killed at once, long before its silence would be noticed', async () => {
    const child = spawn(process.execPath, [LEADER, server.url], { stdio: ['ignore', 'pipe', 'inherit'] });
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    await waitFor(() => said === 'leads\n', { what: 'it to lead', timeoutMs: 30_000 });
    // Silence alone would be noticed after an hour.
    const other = await enter(['verify'], { everyMs: 100, validMs: 30_000, silentMs: 3_600_000 });
    expect(leads(other)).toBe(false);
    child.kill('SIGKILL');
    await waitFor(() => leads(other), { what: 'the other to lead' });
  });
});
