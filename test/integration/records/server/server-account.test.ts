import { execFile } from 'node:child_process';
import { chmod, chown, cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findPostgresPrograms } from '../../../../src/records/server/postgres-programs.ts';
import { chooseServerAccount, type ServerAccount } from '../../../../src/records/server/server-account.ts';
import { MISSING_MARK } from '../../../support/parts.ts';
import { makeTempDir, type TempDir } from '../../../support/temp-dir.ts';

const run = promisify(execFile);
const isRoot = process.getuid?.() === 0;
const missing = isRoot ? '' : ` [${MISSING_MARK} root: this run is an ordinary user's]`;

describe.skipIf(!isRoot)(`PostgreSQL of a daemon that root runs${missing}`, () => {
  let temp: TempDir;
  let server: ServerAccount;
  let data: string;
  let initdb: string;

  // As in a checkout under /root: neither the programs nor the data can be reached by anybody else.
  beforeEach(async () => {
    temp = await makeTempDir('locked');
    await chmod(temp.path, 0o700);
    const programs = await findPostgresPrograms();
    const native = join(temp.path, 'native');
    await cp(join(programs.initdb, '../..'), native, { recursive: true, verbatimSymlinks: true });
    initdb = join(native, 'bin/initdb');
    data = join(temp.path, 'data');
    await mkdir(data, { mode: 0o700 });
    server = await chooseServerAccount(data, [initdb]);
    await chown(data, server.account?.uid ?? 0, server.account?.gid ?? 0);
  });
  afterEach(() => temp.remove());

  const execute = (program: string, args: readonly string[]) => {
    const command = server.command(program, args);
    return run(command.program, [...command.args], { cwd: '/', ...command.ids });
  };

  it('creates its cluster where its user may not pass', async () => {
    const { stdout } = await execute(initdb, ['--pgdata', join(data, 'cluster'), '--no-sync', '--locale=C']);
    expect(stdout).toContain('Success');
  });

  it('is given the capability to pass through folders, and no other', async () => {
    const { stdout } = await execute('/bin/grep', ['^Cap\\(Prm\\|Eff\\):', '/proc/self/status']);
    const sets = stdout.match(/[0-9a-f]{16}/g)?.map((bits) => Number.parseInt(bits, 16)) ?? [];
    expect(sets).toHaveLength(2);
    // Bit 2 is dac_read_search, bit 1 is dac_override: capabilities(7).
    for (const bits of sets) expect([4, 2]).toContain(bits);
    expect(server.account?.uid).not.toBe(0);
  });
});
